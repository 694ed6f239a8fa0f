/* Reading aloud, in browsers that have a voice for the language of the page. */
(function () {
  var speech = window.speechSynthesis;
  var main = document.querySelector("main");
  var words = main.getAttribute("data-read");
  if (!speech || !window.SpeechSynthesisUtterance || !words) return;
  words = words.split("|");
  var language = document.documentElement.lang;
  var offered = false;
  var offer = function () {
    var voice = speech.getVoices().filter(function (one) {
      return one.lang.slice(0, 2) === language.slice(0, 2);
    })[0];
    if (offered || !voice) return;
    offered = true;
    var button = document.createElement("button");
    button.type = "button";
    button.className = "read";
    button.textContent = words[0];
    button.addEventListener("click", function () {
      if (speech.speaking) return speech.cancel();
      var said = new SpeechSynthesisUtterance(main.innerText.replace(words[0], ""));
      said.voice = voice;
      said.lang = voice.lang;
      said.rate = 0.85;
      said.onend = said.onerror = function () { button.textContent = words[0]; };
      button.textContent = words[1];
      speech.speak(said);
    });
    main.insertBefore(button, main.firstElementChild.nextSibling);
    window.addEventListener("pagehide", function () { speech.cancel(); });
    window.addEventListener("hashchange", function () { speech.cancel(); });
  };
  offer();
  speech.addEventListener && speech.addEventListener("voiceschanged", offer);
})();
