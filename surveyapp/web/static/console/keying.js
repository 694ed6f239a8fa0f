/* Keying papers: a full line leads to the next one, and Enter goes on instead of storing half a
   paper. All of it works without this script, too. */
(function () {
  "use strict";
  var form = document.querySelector("form.keying");
  if (!form) return;
  var lines = Array.prototype.slice.call(form.querySelectorAll("input[maxlength]:not(.reason)"));
  var next = function (field) {
    var following = lines[lines.indexOf(field) + 1];
    if (following) {
      following.focus();
      following.select();
    } else {
      form.querySelector(".buttons button").focus();
    }
  };
  lines.forEach(function (field) {
    if (field.id === "number" || field.id === "signature") return;
    field.addEventListener("input", function (event) {
      if (!event.isComposing && field.value.length >= field.maxLength) next(field);
    });
  });
  form.addEventListener("keydown", function (event) {
    var field = event.target;
    if (event.key === "Enter" && field.tagName === "INPUT") {
      event.preventDefault();
      next(field);
    }
  });
})();
