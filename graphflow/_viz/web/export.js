// The drawing as an SVG file of its own, with the colours written out.

function exportedSvg(app) {
  const { scene, root } = app.stage,
    copy = root.cloneNode(true),
    edge = 16;
  copy.setAttribute("xmlns", SVG);
  copy.setAttribute("viewBox", `${-edge} ${-edge} ${scene.width + 2 * edge} ${scene.height + 2 * edge}`);
  copy.setAttribute("width", Math.ceil(scene.width + 2 * edge));
  copy.setAttribute("height", Math.ceil(scene.height + 2 * edge));
  for (const name of ["tabindex", "role", "style", "aria-activedescendant", "aria-describedby"])
    copy.removeAttribute(name);
  copy.querySelector("#world").removeAttribute("style");
  copy
    .querySelectorAll(".selected, .dim, .near, .found, .lit, .start")
    .forEach(e => e.classList.remove("selected", "dim", "near", "found", "lit", "start"));
  copy.querySelectorAll(".fold").forEach(e => e.remove());
  copy.querySelectorAll("[style*=transform]").forEach(e => {
    e.setAttribute("transform", e.style.transform.replace(/px/g, "").replace(",", " "));
    e.style.transform = "";
  });
  const rules = byId("picture-style").textContent.replace(/var\(--([\w-]+)\)/g, (_, name) => app.colour(name));
  copy.prepend(
    svg("style", {}, rules),
    svg("rect", { x: -edge, y: -edge, width: "100%", height: "100%", fill: app.colour("canvas") }),
  );
  return new XMLSerializer().serializeToString(copy);
}

function download(name, text, type) {
  const link = html("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// For paper: the whole drawing, scaled to one page, whatever is in sight.
function preparePrint(app) {
  const { root } = app.stage;
  addEventListener("beforeprint", () => {
    const { scene } = app.stage;
    root.setAttribute("viewBox", `-8 -8 ${scene.width + 16} ${scene.height + 16}`);
    app.stage.world.style.transform = "none";
  });
  addEventListener("afterprint", () => {
    root.removeAttribute("viewBox");
    app.stage.move(app.stage.view);
  });
}
