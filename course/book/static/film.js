// A film has a button that holds it: it shows the still that lies beside it.
for (const film of document.querySelectorAll("figure.film[data-still]")) {
  const image = film.querySelector("img");
  const source = film.querySelector("source");
  const moving = image.getAttribute("src");
  const button = document.createElement("button");
  const still = { on: window.matchMedia("(prefers-reduced-motion: reduce)").matches };
  const show = () => {
    source?.remove();
    image.src = still.on ? film.dataset.still : moving;
    button.textContent = still.on ? "Play the film" : "Hold the film";
  };
  button.type = "button";
  button.addEventListener("click", () => {
    still.on = !still.on;
    show();
  });
  button.textContent = still.on ? "Play the film" : "Hold the film";
  film.append(button);
}
