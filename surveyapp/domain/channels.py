"""Channels a review comes in by (评价渠道): names, and what files call them.

The national codes 1 to 5 mean the same everywhere. 6 and 7 do not: some platforms write 6 for the
telephone and 7 for text messages, others 6 for text messages and 7 for system defaults. So neither
is read or written without saying which is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from surveyapp.domain.messages import Message, message
from surveyapp.domain.text import Text

DEFAULT_CHANNEL: Final = "default"
AMBIGUOUS_CODES: Final = frozenset({"6", "7"})


@dataclass(frozen=True, slots=True)
class Channel:
    """One way in.

    Attributes
    ----------
    code : str or None
        The national code, where all platforms agree on it.
    aliases : tuple of str
        Other words for it in files.
    """

    key: str
    name: Text
    code: str | None = None
    aliases: tuple[str, ...] = ()


CHANNELS: Final[Mapping[str, Channel]] = {
    channel.key: channel
    for channel in (
        Channel("pc", Text("PC端", "Website"), "1", ("PC", "电脑端", "网上大厅", "门户网站")),
        Channel(
            "mobile",
            Text("移动端", "Mobile app"),
            "2",
            ("移动服务端", "手机端", "APP", "小程序", "移动客户端"),
        ),
        Channel("qr", Text("二维码", "QR code"), "3", ("扫码", "静态二维码")),
        Channel(
            "tablet",
            Text("政务大厅平板电脑", "Tablet at the hall"),
            "4",
            ("平板电脑", "评价器", "窗口评价器"),
        ),
        Channel(
            "terminal",
            Text("政务大厅其他终端", "Other terminal at the hall"),
            "5",
            ("其他终端", "自助终端", "一体机"),
        ),
        Channel("phone", Text("电话", "Telephone"), None, ("电话回访",)),
        Channel("sms", Text("短信", "Text message"), None, ("手机短信",)),
        Channel("hotline", Text("12345热线", "Hotline 12345"), None, ("12345", "热线")),
        Channel("paper", Text("纸质", "Paper form"), None, ("纸质评价表", "意见箱")),
        Channel(DEFAULT_CHANNEL, Text("系统默认评价", "System default"), None, ("系统默认",)),
    )
}
_BY_WORD: Final[Mapping[str, str]] = {
    word.casefold(): channel.key
    for channel in CHANNELS.values()
    for word in (
        channel.key,
        channel.name.zh,
        channel.name.en,
        *((channel.code,) if channel.code else ()),
        *channel.aliases,
    )
}


def channel_name(key: str) -> Text:
    """Return what a channel is called; one that is not known keeps its own word."""
    channel = CHANNELS.get(key)
    return Text.same(key) if channel is None else channel.name


def read_channel(written: str) -> str | Message:
    """Return the key of a channel as a file writes it, or why it cannot be told.

    Parameters
    ----------
    written : str
        A key, a name in either language, a usual other word, or a national code.
    """
    found = _BY_WORD.get(written.casefold())
    if found is not None:
        return found
    if written in AMBIGUOUS_CODES:
        return message(
            "Channel “%(code)s” means different things on different platforms:"
            " write the name of the channel.",
            code=written,
        )
    return message("“%(text)s” is no channel; write for instance 二维码 or qr.", text=written[:40])
