"""The national set of reason tags of a service review (好差评), by the level chosen.

Whoever rates a government service picks, beside the level, any number of reasons from a list
that depends on the level: eight a level, forty in all. Codes and Chinese labels are facts of
the national government service platform (全国一体化在线政务服务平台), found alike in the public
review pages and portal code lists of several provinces; a provincial platform that collects
reviews expects exactly these codes. The English labels are translations made for this product
and carry no official standing.

The set is closed: an office neither adds nor removes a tag. A change by the state is a new
`NATIONAL_TAGS_VERSION`; a survey in use keeps the tags its revision was made with.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

NATIONAL_TAGS_VERSION: Final = "2020-1"
"""Version of the set: the year the national rules came into force, and our own count."""

NATIONAL_TAGS: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = MappingProxyType(
    {
        "very_satisfied": (
            ("510", "一窗受理一次办结", "Accepted at one window and settled in one go"),
            ("511", "可以先受理后补材料", "Accepted first, missing papers handed in later"),
            ("512", "不用提交证明", "No certificates had to be handed in"),
            ("513", "可以全程网上办理", "Can be done online from start to end"),
            ("514", "可以使用手机办理", "Can be done on a mobile phone"),
            ("515", "可以就近办理", "Can be done close to home"),
            ("516", "无需材料直接办理", "Settled at once without any papers"),
            ("517", "服务热情效率高", "Friendly and efficient service"),
        ),
        "satisfied": (
            ("406", "填写一张表单就可完成申报", "One form was enough to apply"),
            ("407", "在线提交材料窗口核验", "Papers sent online, checked at the window"),
            ("408", "一张清单告知全部申报材料", "One list named all the papers needed"),
            ("409", "用告知承诺减免申报材料", "A signed declaration replaced some papers"),
            ("410", "可以在线预约办理", "Appointments can be made online"),
            ("411", "跑大厅一次办完", "Done in a single visit to the hall"),
            ("412", "可以使用自助机办理", "Can be done at a self-service machine"),
            ("413", "服务态度较好", "Rather good attitude of the staff"),
        ),
        "basically_satisfied": (
            (
                "307",
                "一次性告知需要补正的材料",
                "All corrections to the papers were named at one time",
            ),
            ("308", "提供申报材料样本", "Samples of the papers were provided"),
            ("309", "在承诺的时间内办结", "Settled within the time promised"),
            ("310", "办事指南指引准确", "The service guide was accurate"),
            (
                "311",
                "按办事指南要求的材料即可办理",
                "The papers named in the service guide were enough",
            ),
            ("312", "可以快递送达", "Delivery by courier is possible"),
            ("313", "跑动次数与承诺的一致", "As many visits as promised, no more"),
            ("314", "服务态度一般", "Average attitude of the staff"),
        ),
        "dissatisfied": (
            ("207", "没有提供材料样本", "No samples of the papers were provided"),
            ("208", "没有提供材料清单", "No list of the papers was provided"),
            ("209", "未在承诺时间内办结", "Not settled within the time promised"),
            (
                "210",
                "同样内容的证明材料被要求多次提交",
                "The same proof had to be handed in several times",
            ),
            (
                "211",
                "承诺网办但无法在线办理",
                "Promised online, but could not be done online",
            ),
            (
                "212",
                "在线预约办理后到实体大厅重复取号排队",
                "Had to queue again in the hall in spite of an online appointment",
            ),
            ("213", "窗口人员业务不熟练", "The staff at the window did not know the work well"),
            ("214", "服务态度生硬", "Curt attitude of the staff"),
        ),
        "very_dissatisfied": (
            (
                "108",
                "在办事指南之外增加新的审批条件",
                "Conditions were added that are not in the service guide",
            ),
            (
                "109",
                "需提供办事指南之外的申报材料",
                "Papers were asked for that are not in the service guide",
            ),
            (
                "110",
                "无理由超过法定办理时间",
                "The legal time limit was exceeded without a reason",
            ),
            ("111", "办事指南提供样本有错", "The samples in the service guide were wrong"),
            (
                "112",
                "承诺在线收取申报材料实际无法收取",
                "Papers were promised to be taken online, but were not",
            ),
            ("113", "多头跑窗口和部门", "Sent back and forth between windows and departments"),
            ("114", "跑动次数与承诺的不一致", "More visits than promised"),
            ("115", "服务态度差效率低", "Bad attitude of the staff and low efficiency"),
        ),
    }
)
"""Level key of the scale `hcp5` -> tags as (code, Chinese label, English label), in order."""
