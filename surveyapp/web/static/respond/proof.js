/* The small sum before sending (see surveyapp/domain/proof.py). A browser that cannot do it waits. */
(function () {
  var form = document.forms[0];
  var ticket = form.elements._ticket;
  var solution = form.elements._solution;
  var opened = Date.now();
  var held = null;
  var waiting = false;

  /* Back to a page fetched anew: the first key came back, so its ticket must come back as well. */
  var state = window.history.state;
  if (state && state.key && window.history.replaceState) {
    if (state.ticket) ticket.value = state.ticket;
    else window.history.replaceState({ key: state.key, ticket: ticket.value }, "");
  }

  var send = function () {
    if (!waiting) return;
    waiting = false;
    if (held) {
      var chosen = document.createElement("input");
      chosen.type = "hidden";
      chosen.name = held.name;
      chosen.value = held.value;
      if (held.name) form.appendChild(chosen);
    }
    form.submit();
  };

  var able = window.crypto && window.crypto.subtle && window.TextEncoder;
  form.addEventListener("submit", function (event) {
    if (solution.value || Date.now() - opened >= +ticket.getAttribute("data-wait")) return;
    event.preventDefault();
    held = event.submitter || null;
    if (waiting) return;
    waiting = true;
    setTimeout(send, +ticket.getAttribute("data-wait") - (Date.now() - opened) + 1000);
  });
  if (!able) return;

  /* In portions, so that the page stays quick to the touch. */
  var zeros = +ticket.getAttribute("data-zeros");
  var writer = new TextEncoder();
  var next = 0;
  var portion = function () {
    var first = next;
    var tries = [];
    next += 200;
    for (var n = first; n < next; n++) {
      tries.push(crypto.subtle.digest("SHA-256", writer.encode(ticket.value + ":" + n)));
    }
    Promise.all(tries).then(function (digests) {
      for (var i = 0; i < digests.length; i++) {
        var bytes = new Uint8Array(digests[i], 0, 4);
        var head = ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0;
        if (head >>> (32 - zeros) === 0) {
          solution.value = first + i;
          send();
          return;
        }
      }
      setTimeout(portion, 0);
    });
  };
  portion();
})();
