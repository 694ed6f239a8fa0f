/* What makes the form a little nicer; without any of this it works all the same. */
(function () {
  var page = document.documentElement;
  var form = document.forms[0];
  var each = function (selector, act) {
    Array.prototype.forEach.call(form.querySelectorAll(selector), act);
  };

  /* Browsers without :has() cannot hide by style what does not apply. */
  if (!(window.CSS && CSS.supports && CSS.supports("selector(:has(a))"))) {
    page.className += " js";
    var refresh = function () {
      each("[data-if]", function (part) {
        part.hidden = !part.getAttribute("data-if").split(" ").every(function (any) {
          return any.split(",").some(function (id) {
            return document.getElementById(id).checked;
          });
        });
      });
    };
    form.addEventListener("change", refresh);
    window.addEventListener("pageshow", refresh);
    refresh();
  }

  /* Characters are counted as the server counts them (code points after NFC, without outer white
     space), and nothing is ever cut off. Letters that an input method still composes are not the text
     yet: they count when it has written them. */
  var outer = /^(?:[^\S\uFEFF]|[\x1c-\x1f\x85])+|(?:[^\S\uFEFF]|[\x1c-\x1f\x85])+$/g;
  each("[data-most]", function (area) {
    var most = +area.getAttribute("data-most");
    var shown = document.getElementById(area.id.replace("-i", "-c"));
    var composing = false;
    var count = function () {
      if (composing) return;
      var text = area.value.normalize ? area.value.normalize() : area.value;
      var n = Array.from(text.replace(/\r\n?/g, "\n").replace(outer, "")).length;
      shown.textContent = n + " / " + most;
      shown.className = n > most ? "count over" : "count soft";
    };
    area.addEventListener("input", count);
    area.addEventListener("compositionstart", function () { composing = true; });
    area.addEventListener("compositionend", function () { composing = false; count(); });
    window.addEventListener("pageshow", count);
    count();
  });

  /* A browser that has thrown the page away fetches it anew on Back, with a new key but with the old
     answers. The entry of the history keeps the first key: the same answers stay one response. */
  var key = form.elements.submission_key;
  var kiosk = document.querySelector("main[data-home]");
  if (key && key.value && !kiosk && window.history.replaceState) {
    var state = window.history.state;
    if (state && state.key) key.value = state.key;
    else window.history.replaceState({ key: key.value }, "");
  }

  /* Somebody who waits sees that something happens; a second tap does no harm. */
  var button = form.querySelector("[data-busy]");
  if (button) {
    var label = button.textContent;
    form.addEventListener("submit", function () {
      button.textContent = button.getAttribute("data-busy");
    });
    window.addEventListener("pageshow", function () {
      button.textContent = label;
    });
  }

  /* That somebody began to answer is counted once for each page, and nothing of what they say. */
  var begun = form.elements._begun;
  var begin = function () {
    form.removeEventListener("change", begin);
    form.removeEventListener("input", begin);
    var sent = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
    if (navigator.sendBeacon(location.pathname + "/begun", sent)) begun.value = "1";
  };
  if (begun && navigator.sendBeacon && window.URLSearchParams) {
    form.addEventListener("change", begin);
    form.addEventListener("input", begin);
  }

  var problems = document.getElementById("problems");
  if (problems) problems.focus();
})();
