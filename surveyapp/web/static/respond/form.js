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

  /* Characters are counted as the server counts them, and nothing is ever cut off: an input method
     may hold more letters than the text will have. */
  each("[data-most]", function (area) {
    var most = +area.getAttribute("data-most");
    var shown = document.getElementById(area.id.replace("-i", "-c"));
    var count = function () {
      var text = area.value.replace(/\r\n?/g, "\n").trim();
      var n = Array.from(text.normalize ? text.normalize() : text).length;
      shown.textContent = n + " / " + most;
      shown.className = n > most ? "count over" : "count soft";
    };
    area.addEventListener("input", count);
    window.addEventListener("pageshow", count);
    count();
  });

  /* A browser that has thrown the page away fetches it anew on Back, with a new key but with the old
     answers. The entry of the history keeps the first key: the same answers stay one response. */
  var key = form.elements.submission_key;
  if (key && key.value && window.history.replaceState) {
    var state = window.history.state;
    if (state && state.key) key.value = state.key;
    else window.history.replaceState({ key: key.value }, "");
  }

  /* Somebody who waits sees that something happens; a second tap does no harm. */
  var button = form.querySelector("[data-busy]");
  var label = button.textContent;
  form.addEventListener("submit", function () {
    button.textContent = button.getAttribute("data-busy");
  });
  window.addEventListener("pageshow", function () {
    button.textContent = label;
  });

  var problems = document.getElementById("problems");
  if (problems) problems.focus();
})();
