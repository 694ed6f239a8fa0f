/* A tablet at a window forgets: after a while without a touch it begins anew, in the same place of
   its history, and a page that Back brings from memory is fetched again. */
(function () {
  var main = document.querySelector("main");
  var home = main.getAttribute("data-home");
  if (!home) return;
  var seconds = +main.getAttribute("data-idle");
  var timer;
  var begin = function () { window.location.replace(home); };
  var touched = function () {
    clearTimeout(timer);
    timer = setTimeout(begin, seconds * 1000);
  };
  ["pointerdown", "keydown", "input", "scroll"].forEach(function (kind) {
    window.addEventListener(kind, touched, { passive: true });
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) begin();
    else touched();
  });
  window.addEventListener("unload", function () {});
})();
