/* One tap grades a whole card, and the quota is counted live; without any of this it works too. */
(function () {
  var form = document.forms[0];
  var radios = function (card, name) {
    return Array.prototype.slice.call(card.querySelectorAll("input[type=radio]" + (name || "")));
  };
  var count = function () {
    Array.prototype.forEach.call(form.querySelectorAll(".sheet"), function (sheet) {
      var counter = sheet.querySelector(".tally");
      if (!counter) return;
      counter.hidden = false;
      counter.firstElementChild.textContent =
        sheet.querySelectorAll("input[data-top]:checked").length;
    });
  };
  form.addEventListener("change", function (event) {
    var chosen = event.target;
    if (chosen.type === "radio") {
      var card = chosen.closest(".person");
      var whole = chosen.hasAttribute("data-whole");
      radios(card).forEach(function (radio) {
        if (whole && !radio.hasAttribute("data-whole")) {
          radio.checked = radio.value === chosen.value;
        } else if (!whole && radio.hasAttribute("data-whole")) {
          radio.checked = false;
        }
      });
    }
    count();
  });
  window.addEventListener("pageshow", count);
  count();
})();
