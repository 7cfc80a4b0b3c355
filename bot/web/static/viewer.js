// A series, slice by slice. Each slice comes with the values it stands for; which of them are black and
// which are white is settled here, so that a change of the window asks for nothing.
"use strict";
(() => {
  const viewer = document.getElementById("viewer");
  const part = (id) => document.getElementById(id);
  const screen = part("screen"), canvas = part("canvas"), trouble = part("trouble"), where = part("where");
  const picker = part("series"), slider = part("slice"), windowBox = part("window"), levelBox = part("level");
  const invertButton = part("invert");
  const pen = canvas.getContext("2d", { willReadFrequently: true }); // Only ever written pixel by pixel.
  const KEPT = 48, AHEAD = 4;

  // Every series as a list of frames: the number of its object, and which frame of it.
  const everySeries = JSON.parse(viewer.dataset.slices).map((objects) =>
    objects.flatMap(([number, frames]) => Array.from({ length: frames }, (_, frame) => `${number}/${frame}`)),
  );
  const kept = new Map(); // the address of a slice -> a promise of it, the newest last
  let slices = [], at = 0, shown = null, asked = "", center = null, size = null, inverted = false;

  async function fetched(address) {
    const answer = await fetch(`${viewer.dataset.at}/${address}`, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const data = await answer.arrayBuffer();
    const length = new DataView(data).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
    const samples = new Uint8Array(data, 4 + length);
    // Numbers of two bytes must begin at an even place.
    return { ...head, samples: head.kind === "grey" ? new Uint16Array(samples.slice().buffer) : samples };
  }

  function slice(address) {
    let found = kept.get(address);
    if (found) kept.delete(address);
    else {
      found = fetched(address);
      found.catch(() => kept.delete(address));
    }
    kept.set(address, found);
    while (kept.size > KEPT) kept.delete(kept.keys().next().value);
    return found;
  }

  async function show() {
    const address = (asked = slices[at]);
    slider.value = String(at);
    where.textContent = viewer.dataset.of.replace("{number}", at + 1).replace("{count}", slices.length);
    slider.setAttribute("aria-valuetext", where.textContent);
    screen.setAttribute("aria-busy", "true");
    try {
      const found = await slice(address);
      if (address !== asked) return;
      shown = found;
      trouble.hidden = true;
      if (center === null && found.kind === "grey") [center, size] = [found.center, found.size];
      draw();
    } catch {
      if (address !== asked) return;
      shown = null;
      trouble.hidden = false;
      pen.clearRect(0, 0, canvas.width, canvas.height);
    }
    screen.setAttribute("aria-busy", "false");
    canvas.setAttribute("aria-label", trouble.hidden ? where.textContent : viewer.dataset.broken);
    for (let step = 1; step <= AHEAD; step += 1)
      for (const near of [slices[at + step], slices[at - step]]) if (near && address === asked) slice(near).catch(() => {});
  }

  function draw() {
    if (!shown) return;
    canvas.width = shown.columns;
    canvas.height = shown.rows;
    canvas.style.aspectRatio = `${shown.width} / ${shown.height}`;
    const image = pen.createImageData(shown.columns, shown.rows);
    const pixels = new Uint32Array(image.data.buffer);
    const grey = shown.kind === "grey";
    for (const box of [windowBox, levelBox, invertButton, part("reset")]) box.disabled = !grey;
    if (grey) greys(pixels);
    else for (let n = 0, m = 0; n < pixels.length; n += 1, m += 3)
      pixels[n] = 0xff000000 | (shown.samples[m + 2] << 16) | (shown.samples[m + 1] << 8) | shown.samples[m];
    pen.putImageData(image, 0, 0);
    if (!grey) return;
    for (const [box, value] of [[windowBox, size], [levelBox, center]])
      if (box !== document.activeElement) box.value = String(Math.round(value * 100) / 100);
  }

  function greys(pixels) {
    const table = new Uint32Array(65536);
    const low = center - size / 2, turned = shown.inverted !== inverted;
    for (let n = 0; n < 65536; n += 1) {
      const level = Math.max(0, Math.min(255, Math.round(((shown.low + shown.step * n - low) / size) * 255)));
      const seen = turned ? 255 - level : level;
      table[n] = 0xff000000 | (seen << 16) | (seen << 8) | seen;
    }
    for (let n = 0; n < pixels.length; n += 1) pixels[n] = table[shown.samples[n]];
  }

  function go(to) {
    const next = Math.max(0, Math.min(slices.length - 1, to));
    if (next === at && asked) return;
    at = next;
    show();
  }

  function choose(number) {
    slices = everySeries[number];
    at = Math.floor(slices.length / 2);
    center = size = null;
    slider.max = String(slices.length - 1);
    asked = "";
    show();
  }

  function turn(byWindow, byLevel) {
    if (center === null || !shown || shown.kind !== "grey") return;
    size = Math.max(shown.step, size + byWindow);
    center += byLevel;
    draw();
  }

  function reset() {
    if (!shown || shown.kind !== "grey") return;
    [center, size] = [shown.center, shown.size];
    setInverted(false);
  }

  function setInverted(now) {
    inverted = now;
    invertButton.setAttribute("aria-pressed", String(now));
    draw();
  }

  screen.addEventListener("keydown", (event) => {
    const grain = Math.max((shown && shown.step) || 1, (size || 0) / 40);
    const moves = {
      ArrowDown: () => go(at + 1), ArrowUp: () => go(at - 1), PageDown: () => go(at + 10), PageUp: () => go(at - 10),
      Home: () => go(0), End: () => go(slices.length - 1),
      ArrowRight: () => (event.shiftKey ? turn(grain, 0) : turn(0, grain)),
      ArrowLeft: () => (event.shiftKey ? turn(-grain, 0) : turn(0, -grain)),
      i: () => setInverted(!inverted), I: () => setInverted(!inverted), r: reset, R: reset,
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  });
  screen.addEventListener("wheel", (event) => {
    event.preventDefault();
    go(at + Math.sign(event.deltaY));
  }, { passive: false });
  let drag = null;
  screen.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    drag = [event.clientX, event.clientY];
    screen.setPointerCapture(event.pointerId);
  });
  screen.addEventListener("pointermove", (event) => {
    if (!drag || size === null) return;
    const grain = Math.max(size, 1) / 200;
    turn((event.clientX - drag[0]) * grain, (event.clientY - drag[1]) * grain);
    drag = [event.clientX, event.clientY];
  });
  for (const end of ["pointerup", "pointercancel"]) screen.addEventListener(end, () => (drag = null));
  slider.addEventListener("input", () => go(Number(slider.value)));
  picker.addEventListener("change", () => choose(Number(picker.value)));
  windowBox.addEventListener("input", () => { if (Number(windowBox.value) > 0) { size = Number(windowBox.value); draw(); } });
  levelBox.addEventListener("input", () => { if (levelBox.value !== "") { center = Number(levelBox.value); draw(); } });
  part("reset").addEventListener("click", reset);
  invertButton.addEventListener("click", () => setInverted(!inverted));

  if (!everySeries.length) return;
  viewer.hidden = false;
  choose(0);
})();
