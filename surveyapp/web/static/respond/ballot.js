/* One tap grades a whole card; what is graded and the quota are counted live; whoever goes back from
   the review, or loads the page again, finds the ballot as it was. All but the last works without
   this script, too. */
(function () {
  var NAME = "ballot:";
  var form = document.forms[0];
  var memory;
  try { memory = window.sessionStorage; } catch (refused) { memory = null; }
  var all = function (part, what) {
    return Array.prototype.slice.call(part.querySelectorAll(what));
  };
  var text = function (part, what, words) {
    var found = part.querySelector(what);
    if (found && found.textContent !== String(words)) found.textContent = words;
  };
  var label = function (radio) {
    return radio.nextElementSibling.textContent;
  };

  /* What was chosen lives as long as this tab, and no longer than until a ballot was submitted, or
     another slip is opened: nothing stays on a borrowed phone. A name is never kept. */
  var forget = function (but) {
    if (!memory) return;
    Object.keys(memory).forEach(function (key) {
      if (key.indexOf(NAME) === 0 && key !== but) memory.removeItem(key);
    });
  };
  var own = NAME + location.pathname;
  if (document.querySelector("[data-forget]")) forget();
  if (!form || !form.querySelector(".sheet")) return;
  var fields = all(form, "input[type=radio], textarea");
  var keep = function () {
    if (!memory) return;
    var chosen = {};
    fields.forEach(function (one) {
      if (one.type === "radio" ? one.checked : one.value) chosen[one.name] = one.value;
    });
    try { memory.setItem(own, JSON.stringify(chosen)); } catch (full) { forget(); }
  };
  var recall = function () {
    forget(own);
    var kept = memory && memory.getItem(own);
    if (!kept || fields.some(function (one) { return one.type === "radio" ? one.checked : one.value; })) return;
    var chosen = JSON.parse(kept);
    fields.forEach(function (one) {
      if (!Object.prototype.hasOwnProperty.call(chosen, one.name)) return;
      if (one.type === "radio") one.checked = one.value === chosen[one.name];
      else one.value = chosen[one.name];
    });
  };

  /* The items of a card follow a choice for the whole card; the choice stays as long as an item
     still has it. */
  var follow = function (chosen) {
    var card = chosen.closest(".person");
    var items = card && all(card, ".items input");
    if (!items || !items.length) return;
    if (chosen.closest(".whole")) {
      items.forEach(function (radio) {
        radio.checked = radio.value === chosen.value;
      });
      return;
    }
    all(card, ".whole input:checked").forEach(function (whole) {
      whole.checked = items.some(function (radio) {
        return radio.checked && radio.value === whole.value;
      });
    });
  };

  /* Says in the fold what differs from the grade of the card; returns whether the card is done. */
  var look = function (card) {
    var whole = card.querySelector(".whole input:checked");
    var rows = all(card, ".item");
    if (!rows.length) return !!whole;
    var apart = [];
    var open = 0;
    rows.forEach(function (row) {
      var given = row.querySelector("input:checked");
      if (!given) open += 1;
      else if (!whole || given.value !== whole.value) {
        apart.push(row.querySelector("legend").textContent + " " + label(given));
      }
    });
    text(card, ".apart-from", apart.join(" · "));
    return !!whole || !open;
  };

  var count = function (sheet) {
    var tally = sheet.querySelector(".tally");
    var cards = all(sheet, ".person");
    var left = cards.filter(function (card) { return !look(card); });
    if (!tally) return;
    var top = all(sheet, "[data-top]:checked").length;
    var quota = tally.getAttribute("data-quota");
    var next = tally.querySelector(".onwards");
    tally.hidden = false;
    text(tally, ".done-of", cards.length - left.length);
    next.hidden = !left.length;
    if (left.length) next.setAttribute("href", "#" + left[0].id);
    if (quota === null) return;
    text(tally, ".top-of b", top);
    tally.querySelector(".top-of").classList.toggle("full", top > Number(quota));
    text(tally, ".over", top > Number(quota) ? tally.querySelector(".over").getAttribute("data-over") : "");
  };
  var sheets = all(form, ".sheet");
  form.addEventListener("change", function (event) {
    var sheet = event.target.closest(".sheet");
    if (event.target.type === "radio" && sheet) {
      follow(event.target);
      count(sheet);
    }
    keep();
  });
  sheets.forEach(function (sheet) {
    var unfold = sheet.querySelector(".unfold");
    if (!unfold) return;
    unfold.hidden = false;
    unfold.addEventListener("click", function () {
      var open = unfold.getAttribute("aria-pressed") !== "true";
      unfold.setAttribute("aria-pressed", open);
      sheet.classList.toggle("unfolded", open);
      all(sheet, ".items").forEach(function (items) { items.open = open; });
    });
  });
  var again = function () {
    recall();
    sheets.forEach(count);
  };
  window.addEventListener("pageshow", again);
  again();
})();
