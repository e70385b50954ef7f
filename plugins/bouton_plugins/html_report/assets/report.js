"use strict";
// Draws what the page's data describe: charts with Plotly, cells on a canvas of our own, which
// needs no WebGL, keeps true widths of neurites and repaints thousands of strokes per frame.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const ARRAYS = { f4: Float32Array, u2: Uint16Array, u1: Uint8Array, i4: Int32Array };
  const FONT = 'system-ui, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif';
  const drawings = [];

  const unpacked = (spec) => {
    const bytes = Uint8Array.from(atob(spec.bdata), (letter) => letter.charCodeAt(0));
    return new ARRAYS[spec.dtype](bytes.buffer);
  };
  const colour = (name) =>
    getComputedStyle(root).getPropertyValue(`--${typeof name === "number" ? `c${name}` : name}`).trim();
  const faded = (name, alpha) => {
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour(name).slice(at, at + 2), 16));
    return `rgba(${red},${green},${blue},${alpha})`;
  };
  // Plotly takes some markup in texts, and names of a run are never markup.
  const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;");
  const short = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "–");
  const withUnit = (label, unit) => (unit && label ? `${label} (${unit})` : label || unit);
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "text") element.textContent = value;
      else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  };

  // ---------------------------------------------------------------- charts
  function upright(x, y, height) {
    const [xs, ys] = [new Float32Array(3 * x.length), new Float32Array(3 * x.length)];
    for (let i = 0; i < x.length; i += 1) {
      xs.set([x[i], x[i], NaN], 3 * i);
      ys.set([y[i] - height / 2, y[i] + height / 2, NaN], 3 * i);
    }
    return [xs, ys];
  }

  function prepared(series) {
    const found = { ...series, x: unpacked(series.x), y: unpacked(series.y) };
    for (const key of ["base", "shown", "error"]) if (series[key]) found[key] = unpacked(series[key]);
    if (series.kind === "spikes") {
      const every = found.shown || found.y;
      found.shown = new Float32Array(3 * every.length).map((_, i) => every[Math.floor(i / 3)]);
      [found.x, found.y] = upright(found.x, found.y, series.width);
    }
    return found;
  }

  function spanOf(panel, which) {
    let [low, high] = [Infinity, -Infinity];
    for (const series of panel.series) {
      for (const value of series[which]) if (value < low || value > high) { low = Math.min(low, value); high = Math.max(high, value); }
    }
    return high > low ? high - low : 1;
  }

  // Panels that share an axis begin at the same place, however long their labels are.
  function marginOf(panels, panel) {
    const letters = (one) => (one.y.ticks ? Math.max(...one.y.ticks.texts.map((text) => text.length)) : 0);
    const partners = panels.filter((one) => one === panel || (panel.link && one.link === panel.link));
    const least = partners.length > 1 ? 70 : 50; // numbers of up to five signs need no more
    return Math.max(least, ...partners.map((one) => 7.2 * letters(one) + 20));
  }

  function tracesOf(panel, hidden) {
    const said = (axis, value) => `${value}${axis.unit ? ` ${plain(axis.unit)}` : ""}`;
    return panel.series.flatMap((series) => {
      const paint = colour(series.colour);
      const own = { x: series.x, y: series.y, type: "scatter", mode: "lines", name: plain(series.name),
        visible: !hidden.has(series.name), showlegend: false };
      if (series.kind === "band") {
        const edge = { ...own, line: { width: 0 }, hoverinfo: "skip" };
        return [{ ...edge, y: series.base }, { ...edge, fill: "tonexty", fillcolor: faded(series.colour, 0.22) }];
      }
      if (series.shown) own.customdata = series.shown;
      if (series.texts) own.text = series.texts.map(plain);
      const words = series.texts ? "%{text}<br>" : "";
      const y = said(panel.y, series.shown ? "%{customdata:.5~g}" : "%{y:.5~g}");
      const x = panel.x.ticks ? "" : `<br>${plain(panel.x.label)} ${said(panel.x, "%{x:.6~g}")}`;
      const name = series.name ? plain(series.name) : "";
      own.hovertemplate = `${words}${plain(panel.y.label)} ${y}${x}<extra>${name}</extra>`;
      if (series.kind === "points") {
        own.mode = "markers";
        own.cliponaxis = false; // a model without any error lies on the axes
        own.marker = { color: paint, size: series.width || 6, symbol: series.open ? "circle-open" : "circle",
          line: { width: series.open ? 1.6 : 0, color: paint } };
      } else {
        own.line = { color: paint, width: series.kind === "spikes" ? 1 : series.width || 1.4,
          shape: series.kind === "steps" ? "hv" : "linear", simplify: false };
        own.connectgaps = false;
        if (series.x.length === 1) { own.mode = "lines+markers"; own.marker = { color: paint, size: 6 }; }
      }
      if (series.error) own.error_y = { type: "data", array: series.error, color: colour("faint"), thickness: 1, width: 2 };
      return [own];
    });
  }

  function wholeStep(span) {
    const size = 10 ** Math.floor(Math.log10(Math.max(span / 6, 1)));
    return [1, 2, 5, 10].map((by) => by * size).find((step) => span / step <= 8) || 10 * size;
  }

  function axisOf(axis) {
    const ink = colour("ink");
    const found = { title: { text: plain(withUnit(axis.label, axis.unit)), standoff: 8, font: { size: 12 } },
      showgrid: false, zeroline: false, linecolor: ink, tickcolor: ink, ticks: "outside", ticklen: 4,
      linewidth: 0.8, tickwidth: 0.8, automargin: true, tickfont: { size: 11 }, exponentformat: "power" };
    if (axis.range) found.range = axis.range;
    if (axis.ticks) Object.assign(found, { tickvals: axis.ticks.places, ticktext: axis.ticks.texts.map(plain) });
    if (axis.whole) Object.assign(found, { tickformat: "d", tick0: 0, dtick: wholeStep(axis.span) });
    if (axis.ticks) found.ticklabeloverflow = "allow";
    if (axis.zero) found.rangemode = "tozero";
    return found;
  }

  function layoutOf(panel, width) {
    const shapes = [];
    if (panel.shade) shapes.push({ type: "rect", layer: "below", yref: "paper", x0: panel.shade[0], x1: panel.shade[1],
      y0: 0, y1: 1, fillcolor: colour("band"), line: { width: 0 } });
    if (panel.limit !== null) shapes.push({ type: "line", xref: "paper", x0: 0, x1: 1, y0: panel.limit, y1: panel.limit,
      line: { color: colour("bad"), width: 1, dash: "dash" } });
    const paint = colour("ink");
    return {
      width, height: panel.height, uirevision: "keep", shapes, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: FONT, color: paint, size: 12 }, hovermode: "closest", showlegend: false,
      hoverlabel: { bgcolor: colour("raised"), bordercolor: colour("line"), font: { color: paint, family: FONT } },
      title: panel.title ? { text: plain(panel.title), x: 0, xref: "paper", xanchor: "left", y: 0.985, yanchor: "top", font: { size: 13 } } : undefined,
      modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("soft"), activecolor: paint, orientation: "h" },
      margin: { l: panel.margin || 50, r: 18, t: panel.title ? 30 : 12, b: 38 }, dragmode: "zoom",
      xaxis: axisOf(panel.x), yaxis: axisOf(panel.y),
    };
  }

  const CONFIG = { displaylogo: false, responsive: false, doubleClick: "reset+autosize",
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "pan2d", "zoom2d"],
    toImageButtonOptions: { format: "svg", filename: "bouton" } };

  function panelKeys(plot) {
    return (event) => {
      const moves = { ArrowLeft: [-0.2, 1], ArrowRight: [0.2, 1], "+": [0, 0.7], "=": [0, 0.7], "-": [0, 1 / 0.7] };
      if (event.key === "0") {
        Plotly.relayout(plot, { "xaxis.range": plot.boutonRange.slice(), "yaxis.autorange": true });
      } else if (moves[event.key]) {
        const [low, high] = plot.layout.xaxis.range;
        const [move, zoom] = moves[event.key];
        const middle = (low + high) / 2 + move * (high - low);
        const half = ((high - low) / 2) * zoom;
        Plotly.relayout(plot, { "xaxis.range": [middle - half, middle + half] });
      } else return;
      event.preventDefault();
    };
  }

  function legendOf(panels, hidden, redraw) {
    const seen = new Map();
    for (const panel of panels) {
      for (const series of panel.series) if (series.name && !seen.has(series.name)) seen.set(series.name, series);
    }
    const dashed = panels.find((panel) => panel.limit !== null && panel.limit_name);
    if (seen.size + (dashed ? 1 : 0) < 2 && panels.length < 2) return null;
    const list = make("ul", { class: "legend", "aria-label": "Legend; press to hide or show" });
    list.style.setProperty("--room", `${panels[0].height + 40}px`);
    for (const [name, series] of seen) {
      const shape = { points: series.open ? " ring" : " dot", band: " area" }[series.kind] || "";
      const swatch = make("span", { class: `swatch${shape}` });
      swatch.style.color = `var(--${typeof series.colour === "number" ? `c${series.colour}` : series.colour})`;
      const button = make("button", { type: "button", "aria-pressed": "true", onclick: () => {
        if (hidden.has(name)) hidden.delete(name); else hidden.add(name);
        button.setAttribute("aria-pressed", String(!hidden.has(name)));
        redraw();
      } }, swatch, make("span", { text: name }));
      list.append(make("li", {}, button));
    }
    if (dashed) {
      const swatch = make("span", { class: "swatch dash" });
      swatch.style.color = "var(--bad)";
      list.append(make("li", { class: "quiet row" }, swatch, make("span", { text: dashed.limit_name })));
    }
    return seen.size ? list : null;
  }

  function drawPanel(plot, panel, hidden) {
    const first = !plot.data;
    Plotly.react(plot, tracesOf(panel, hidden), layoutOf(panel, plot.clientWidth), CONFIG);
    if (first) {
      plot.boutonRange = plot.layout.xaxis.range.slice();
      plot.addEventListener("keydown", panelKeys(plot));
    }
  }

  function chart(holder, spec) {
    const hidden = new Set();
    const panels = spec.panels.map((panel) => ({ ...panel, series: panel.series.map(prepared) }));
    for (const panel of panels) {
      panel.margin = marginOf(panels, panel);
      for (const which of ["x", "y"]) panel[which] = { ...panel[which], span: spanOf(panel, which) };
    }
    const grid = make("div", { class: "panels" });
    const plots = panels.map((panel) => {
      const label = `${panel.title || withUnit(panel.y.label, panel.y.unit)}. Plus and minus zoom, arrows move, 0 resets.`;
      const plot = make("div", { class: `panel${panel.wide ? " wide" : ""}`, tabindex: "0", role: "img", "aria-label": label });
      plot.style.minHeight = `${panel.height}px`;
      grid.append(plot);
      return plot;
    });
    const redraw = () => plots.forEach((plot, i) => drawPanel(plot, panels[i], hidden));
    const legend = legendOf(panels, hidden, redraw);
    holder.append(...(legend ? [legend] : []), grid);
    redraw();
    // Telling a partner makes it tell, too; that ends because equal ranges are not told on.
    plots.forEach((plot, i) => plot.on("plotly_relayout", (change) => {
      if (!panels[i].link || !Object.keys(change).some((key) => key.startsWith("xaxis."))) return;
      const range = plot.layout.xaxis.range.slice();
      plots.forEach((other, j) => {
        const isOther = other.layout.xaxis.range.some((end, k) => end !== range[k]);
        if (panels[j].link === panels[i].link && isOther) Plotly.relayout(other, { "xaxis.range": range });
      });
    }));
    return { redraw };
  }

  function pairs(holder, spec) {
    const values = spec.values.map(unpacked);
    const shown = spec.shown.map(unpacked);
    const [numbers, groups] = [unpacked(spec.numbers), unpacked(spec.groups)];
    const hidden = new Set();
    const choice = [0, 1];
    const picker = (axis) => {
      const select = make("select", { onchange: () => { choice[axis] = Number(select.value); redraw(true); } },
        ...spec.names.map((name, i) => make("option", { value: i, text: name, selected: i === axis })));
      return make("label", {}, `${axis ? "Upwards" : "Across"}: `, select);
    };
    const series = spec.group_names.map((name, group) => {
      const rows = [...groups.keys()].filter((i) => groups[i] === group);
      return { name, rows, kind: "points", colour: spec.colours[group], width: [4.5, 6, 9][group], open: false };
    }).filter((one) => one.rows.length);
    const plot = make("div", { class: "panel", tabindex: "0", role: "img", "aria-label": spec.label });
    plot.style.minHeight = "400px";
    const axis = (i) => ({ label: spec.names[i], unit: spec.unit, range: null, ticks: spec.ticks, whole: false, zero: true });
    const panelNow = () => ({ title: "", x: axis(choice[0]), y: axis(choice[1]), shade: null, limit: null, height: 400,
      series: series.map((one) => ({ ...one, x: one.rows.map((i) => values[choice[0]][i]), y: one.rows.map((i) => values[choice[1]][i]),
        texts: one.rows.map((i) => `evaluation ${numbers[i]}<br>`
          + choice.map((c) => `${plain(spec.names[c])} ${short(shown[c][i])} ${plain(spec.unit)}`).join("<br>")) })) });
    const redraw = (isOther = false) => {
      const panel = panelNow();
      const traces = tracesOf(panel, hidden).map((trace, i) => ({ ...trace, text: panel.series[i].texts, hovertemplate: "%{text}<extra>%{fullData.name}</extra>" }));
      const layout = { ...layoutOf(panel, plot.clientWidth), uirevision: choice.join() };
      Plotly.react(plot, traces, layout, CONFIG);
      if (isOther || !plot.boutonRange) plot.boutonRange = plot.layout.xaxis.range.slice();
    };
    const legend = legendOf([{ series, limit: null, height: 400 }], hidden, redraw);
    holder.append(make("div", { class: "chooser" }, picker(0), picker(1)), ...(legend ? [legend] : []),
      make("div", { class: "panels" }, plot));
    redraw();
    plot.addEventListener("keydown", panelKeys(plot));
    return { redraw };
  }

  // ---------------------------------------------------------------- cells in space
  const LIGHT = ["#0d0887", "#47039f", "#7301a8", "#9c179e", "#bd3786", "#d8576b", "#ed7953", "#fb9f3a", "#f5c02c"];
  const DARK = ["#6a62f0", "#8a5ff0", "#ab5ee4", "#ca60cc", "#e56bab", "#f57f86", "#fb9b61", "#fcbf45", "#f4ee4a"];
  const channels = (text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
  function rampOf(isDark) {
    const stops = (isDark ? DARK : LIGHT).map(channels);
    return Array.from({ length: 256 }, (_, i) => {
      const place = (i / 255) * (stops.length - 1);
      const at = Math.min(Math.floor(place), stops.length - 2);
      return `rgb(${stops[at].map((low, c) => Math.round(low + (place - at) * (stops[at + 1][c] - low))).join()})`;
    });
  }
  const isDark = () => root.dataset.theme === "dark";

  function multiply(a, b) {
    return Array.from({ length: 9 }, (_, i) => [0, 1, 2].reduce((sum, k) => sum + a[3 * Math.floor(i / 3) + k] * b[3 * k + (i % 3)], 0));
  }
  const about = { // turns around the axes of the screen
    up: (t) => [Math.cos(t), 0, Math.sin(t), 0, 1, 0, -Math.sin(t), 0, Math.cos(t)],
    across: (t) => [1, 0, 0, 0, Math.cos(t), -Math.sin(t), 0, Math.sin(t), Math.cos(t)],
  };

  class Space {
    constructor(spec, canvas) {
      this.canvas = canvas;
      this.ends = unpacked(spec.ends);
      this.diameters = unpacked(spec.diameters);
      this.segments = unpacked(spec.segments);
      this.labels = unpacked(spec.labels);
      this.count = this.diameters.length;
      this.flat = new Float32Array(4 * this.count);
      this.depth = new Float32Array(this.count);
      this.order = Uint32Array.from({ length: this.count }, (_, i) => i);
      this.home = spec.view;
      this.aside = [];
      this.reset();
      const whole = this.size();
      const isAxon = spec.label_names.map((name) => name === "axon" || name === "myelin");
      if (!isAxon.every((is) => is)) this.aside = isAxon;
      const rest = this.size();
      // A long axon would leave little room for the rest of the cell.
      const isLong = whole.width > 1.25 * rest.width || whole.height > 1.25 * rest.height;
      this.extent = isLong ? rest : whole;
    }

    reset() { this.view = this.home.slice(); this.zoom = 1; this.project(); }

    turn(matrix) { this.view = multiply(matrix, this.view); this.project(); }

    size() {
      let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
      for (let i = 0; i < 2 * this.count; i += 1) {
        if (this.aside[this.labels[this.segments[i >> 1]]]) continue;
        const [x, y] = [this.flat[2 * i], this.flat[2 * i + 1]];
        left = Math.min(left, x); right = Math.max(right, x); low = Math.min(low, y); high = Math.max(high, y);
      }
      return { x: (left + right) / 2, y: (low + high) / 2, width: Math.max(right - left, 1), height: Math.max(high - low, 1) };
    }

    project() {
      const [v, e] = [this.view, this.ends];
      for (let i = 0; i < this.count; i += 1) {
        const at = 6 * i;
        for (let end = 0; end < 2; end += 1) {
          const [x, y, z] = [e[at + 3 * end], e[at + 3 * end + 1], e[at + 3 * end + 2]];
          this.flat[4 * i + 2 * end] = v[0] * x + v[1] * y + v[2] * z;
          this.flat[4 * i + 2 * end + 1] = v[3] * x + v[4] * y + v[5] * z;
        }
        this.depth[i] = v[6] * (e[at] + e[at + 3]) + v[7] * (e[at + 1] + e[at + 4]) + v[8] * (e[at + 2] + e[at + 5]);
      }
      this.order.sort((a, b) => this.depth[a] - this.depth[b]);
    }

    paint(colourOf) {
      const { canvas } = this;
      const [width, height] = [canvas.clientWidth, canvas.clientHeight];
      const ratio = window.devicePixelRatio || 1;
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
      }
      const pen = canvas.getContext("2d");
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, width, height);
      pen.lineCap = "round";
      const fit = Math.min((width - 40) / this.extent.width, (height - 50) / this.extent.height);
      this.scale = fit * this.zoom;
      this.left = width / 2 - this.scale * this.extent.x;
      this.top = height / 2 + this.scale * this.extent.y;
      const f = this.flat;
      for (const i of this.order) {
        pen.strokeStyle = colourOf(this.segments[i]);
        pen.lineWidth = Math.max(this.diameters[i] * this.scale, 0.9);
        pen.beginPath();
        pen.moveTo(this.left + this.scale * f[4 * i], this.top - this.scale * f[4 * i + 1]);
        // A little longer than it is: strokes without length, the dots of networks, are not drawn.
        pen.lineTo(this.left + this.scale * f[4 * i + 2] + 0.01, this.top - this.scale * f[4 * i + 3]);
        pen.stroke();
      }
      this.bar(pen, width, height);
    }

    bar(pen, width, height) {
      const lengths = [1000, 500, 200, 100, 50, 20, 10, 5, 2, 1];
      const length = lengths.find((um) => um * this.scale < 0.25 * width) || 1;
      const ink = colour("ink");
      pen.strokeStyle = ink; pen.fillStyle = ink; pen.lineWidth = 2; pen.lineCap = "butt";
      pen.beginPath(); pen.moveTo(8, height - 8); pen.lineTo(8 + length * this.scale, height - 8); pen.stroke();
      pen.font = `12px ${FONT}`; pen.textAlign = "left";
      pen.fillText(`${length} µm`, 8, height - 14);
    }

    nearest(x, y) {
      let [found, best] = [-1, 81];
      const f = this.flat;
      for (let i = 0; i < this.count; i += 1) {
        const [ax, ay] = [this.left + this.scale * f[4 * i], this.top - this.scale * f[4 * i + 1]];
        const [bx, by] = [this.left + this.scale * f[4 * i + 2] - ax, this.top - this.scale * f[4 * i + 3] - ay];
        const along = Math.min(Math.max(((x - ax) * bx + (y - ay) * by) / (bx * bx + by * by || 1), 0), 1);
        const away = (x - ax - along * bx) ** 2 + (y - ay - along * by) ** 2;
        if (away < best) { best = away; found = i; }
      }
      return found;
    }
  }

  function scene(holder, spec) {
    const movies = spec.movies.map((movie) => ({ ...movie, low: movie.values.low, high: movie.values.high, values: unpacked(movie.values) }));
    const low = 10 * Math.floor(Math.min(...movies.map((m) => m.low)) / 10);
    const high = 10 * Math.ceil(Math.max(...movies.map((m) => m.high)) / 10);
    const state = { movie: movies[0] || null, frame: movies.length ? movies[0].first : 0, isPlaying: false };
    const label = `${spec.label} Arrows turn, plus and minus zoom, 0 resets${movies.length ? ", space plays" : ""}.`;
    const canvas = make("canvas", { tabindex: "0", role: "img", "aria-label": label });
    const tip = make("div", { class: "tip", hidden: true });
    const space = new Space(spec, canvas);
    const tall = space.extent.height / space.extent.width;
    canvas.style.height = `${Math.round(Math.min(Math.max(tall * 460, 320), 560))}px`;
    let ramp = rampOf(isDark());
    const across = spec.names.length;

    const valueAt = (segment, frame = state.frame) => {
      const raw = state.movie.values[frame * across + segment];
      return raw === 65535 ? NaN : state.movie.low + (raw / 65534) * (state.movie.high - state.movie.low);
    };
    const paint = () => {
      const inks = spec.label_names.map((_, i) => colour(i % 7));
      const faint = colour("faint");
      space.paint(state.movie ? (segment) => {
        const value = valueAt(segment);
        return Number.isNaN(value) ? faint : ramp[Math.round(255 * Math.min(Math.max((value - low) / (high - low), 0), 1))];
      } : (segment) => inks[space.labels[segment]]);
    };
    const said = (segment) => {
      const kind = spec.label_names[space.labels[segment]];
      const value = state.movie ? `: ${short(valueAt(segment))} ${state.movie.unit}` : `, ${kind}`;
      return `${spec.names[segment]}${value}`;
    };

    let drag = null;
    canvas.addEventListener("pointerdown", (event) => { drag = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointerup", () => { drag = null; });
    canvas.addEventListener("pointermove", (event) => {
      const box = canvas.getBoundingClientRect();
      if (drag) {
        space.turn(multiply(about.across((event.clientY - drag[1]) / 150), about.up((event.clientX - drag[0]) / 150)));
        drag = [event.clientX, event.clientY];
        tip.hidden = true;
        requestAnimationFrame(paint);
        return;
      }
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      const found = space.nearest(x, y);
      tip.hidden = found < 0;
      if (found < 0) return;
      tip.textContent = said(space.segments[found]);
      tip.style.left = `${Math.max(Math.min(x + 14, box.width - tip.offsetWidth - 4), 0)}px`;
      tip.style.top = `${Math.max(y - 30, 0)}px`;
    });
    canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
    const zoomed = (factor) => { space.zoom = Math.min(Math.max(space.zoom * factor, 0.3), 12); paint(); };
    canvas.addEventListener("keydown", (event) => {
      const turns = { ArrowLeft: about.up(-0.12), ArrowRight: about.up(0.12), ArrowUp: about.across(-0.12), ArrowDown: about.across(0.12) };
      if (turns[event.key]) { space.turn(turns[event.key]); paint(); }
      else if (event.key === "+" || event.key === "=") zoomed(1.25);
      else if (event.key === "-") zoomed(0.8);
      else if (event.key === "0") { space.reset(); paint(); }
      else if (event.key === " " && state.movie) player.toggle();
      else return;
      event.preventDefault();
    });
    const button = (text, name, action) => make("button", { type: "button", text, "aria-label": name, onclick: action });
    const views = make("div", { class: "row hidden-in-print" }, button("+", "Zoom in", () => zoomed(1.25)), button("−", "Zoom out", () => zoomed(0.8)),
      button("Reset view", "Reset view", () => { space.reset(); paint(); }));
    const view = make("div", { class: "view" }, canvas, tip);
    const side = make("div", { class: "player" });
    const stage = make("div", { class: `stage${movies.length ? "" : " still"}` }, view, side);
    holder.append(stage);
    const player = movies.length ? playerOf(spec, movies, state, side, { low, high, paint, valueAt, ramp: () => ramp }) : null;
    if (!player) side.append(labelsOf(spec));
    side.append(views);
    const redraw = () => { ramp = rampOf(isDark()); paint(); if (player) player.redraw(); };
    redraw();
    return { redraw };
  }

  function labelsOf(spec) {
    const list = make("ul", { class: "legend", "aria-label": "Labels" });
    spec.label_names.forEach((name, i) => {
      const swatch = make("span", { class: "swatch dot" });
      swatch.style.color = `var(--c${i % 7})`;
      list.append(make("li", { class: "row" }, swatch, make("span", { text: name })));
    });
    return list;
  }

  function playerOf(spec, movies, state, side, tools) {
    const course = make("canvas", { class: "course", role: "img" });
    const time = make("span", { class: "time", "aria-live": "off" });
    const slider = make("input", { type: "range", min: 0, step: 1 });
    const play = make("button", { type: "button", class: "play" });
    const speed = make("select", { "aria-label": "Speed" }, ...[[0.25, "¼ speed"], [0.5, "½ speed"], [1, "speed 1"], [2, "speed 2"], [4, "speed 4"]]
      .map(([value, text]) => make("option", { value, text, selected: value === 1 })));
    const names = movies.map((movie) => `${movie.name}, ${movie.variable}`);
    const chooser = make("select", { "aria-label": "Protocol", onchange: () => choose(Number(chooser.value)) },
      ...names.map((name, i) => make("option", { value: i, text: name })));
    const moments = make("div", { class: "row hidden-in-print" });
    const ramp = make("div", { class: "ramp" });
    const [from, to] = [make("span"), make("span")];
    const title = make("strong", { class: "what" });
    const at = (frame) => state.movie.start + frame * state.movie.step;

    function show(frame) {
      state.frame = Math.min(Math.max(Math.round(frame), 0), state.movie.frames - 1);
      slider.value = state.frame;
      const text = `${at(state.frame).toFixed(state.movie.step < 1 ? 2 : 1)} ms`;
      slider.setAttribute("aria-valuetext", text);
      time.textContent = text;
      tools.paint();
      drawCourse();
    }
    function choose(i) {
      stop();
      state.movie = movies[i];
      slider.max = state.movie.frames - 1;
      slider.setAttribute("aria-label", `Time in ${state.movie.name}`);
      title.textContent = names[i];
      moments.replaceChildren(...state.movie.moments.map((moment) =>
        make("button", { type: "button", text: moment.label, title: `${moment.time} ms`, onclick: () => { stop(); show(moment.frame); } })));
      show(state.movie.first);
    }
    function stop() { state.isPlaying = false; told(); }
    function told() { play.textContent = state.isPlaying ? "❚❚ Pause" : "▶ Play"; }
    function toggle() {
      state.isPlaying = !state.isPlaying;
      told();
      if (!state.isPlaying) return;
      let place = state.frame >= state.movie.frames - 1 ? 0 : state.frame;
      let before = null;
      const step = (now) => {
        if (!state.isPlaying) return;
        // The whole stretch takes ten seconds, however many frames it has.
        if (before !== null) place += ((now - before) / 1e4) * state.movie.frames * Number(speed.value);
        before = now;
        show(place);
        if (place >= state.movie.frames - 1) stop(); else requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    }
    function drawCourse() {
      const [width, height] = [course.clientWidth, course.clientHeight];
      const ratio = window.devicePixelRatio || 1;
      course.width = width * ratio; course.height = height * ratio;
      const pen = course.getContext("2d");
      pen.scale(ratio, ratio);
      const [left, bottom] = [8, height - 16];
      const { movie } = state;
      const x = (frame) => left + (frame / (movie.frames - 1)) * (width - 2 * left);
      const y = (value) => bottom - ((value - tools.low) / (tools.high - tools.low)) * (bottom - 16);
      if (movie.stimulus) {
        const ends = movie.stimulus.map((t) => x(Math.min(Math.max((t - movie.start) / movie.step, 0), movie.frames - 1)));
        pen.fillStyle = colour("band");
        pen.fillRect(ends[0], 14, ends[1] - ends[0], bottom - 14);
      }
      movie.traces.forEach((trace, i) => {
        pen.strokeStyle = colour(i); pen.lineWidth = 1.3;
        pen.beginPath();
        for (let frame = 0; frame < movie.frames; frame += 1) pen.lineTo(x(frame), y(tools.valueAt(trace.segment, frame)));
        pen.stroke();
      });
      pen.strokeStyle = colour("bad"); pen.lineWidth = 1.5;
      pen.beginPath(); pen.moveTo(x(state.frame), 14); pen.lineTo(x(state.frame), bottom); pen.stroke();
      pen.font = `11px ${FONT}`; pen.fillStyle = colour("soft");
      pen.textAlign = "left"; pen.fillText(`${short(at(0))} ms`, left, height - 3);
      pen.textAlign = "right"; pen.fillText(`${short(at(movie.frames - 1))} ms`, width - left, height - 3);
      pen.textAlign = "left";
      let place = left;
      movie.traces.forEach((trace, i) => {
        pen.fillStyle = colour(i);
        pen.fillText(trace.label, place, 10);
        place += pen.measureText(trace.label).width + 14;
      });
      course.setAttribute("aria-label", `Course of ${movie.variable}: ${movie.traces.map((trace) => trace.label).join(", ")}`);
    }
    function redraw() {
      const stops = tools.ramp().filter((_, i) => i % 15 === 0).join();
      ramp.style.background = `linear-gradient(to right, ${stops})`;
      from.textContent = short(tools.low);
      to.textContent = `${short(tools.high)} ${state.movie.unit}`;
      drawCourse();
    }
    play.addEventListener("click", toggle);
    slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
    slider.addEventListener("keydown", (event) => { if (event.key === " ") { toggle(); event.preventDefault(); } });
    course.addEventListener("pointerdown", (event) => {
      stop();
      const box = course.getBoundingClientRect();
      show(((event.clientX - box.left - 8) / (box.width - 16)) * (state.movie.frames - 1));
    });
    side.append(make("div", { class: "row" }, movies.length > 1 ? chooser : "", title, time), course, slider,
      make("div", { class: "row hidden-in-print" }, play, speed), moments, make("div", { class: "scale" }, from, ramp, to));
    if (movies.length > 1) title.classList.add("shown-in-print");
    told();
    choose(0);
    return { redraw, toggle };
  }

  // ---------------------------------------------------------------- theme, size, paper
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const toggle = document.getElementById("theme");
  let chosen = null; // until the reader chooses, the system decides
  let isPrinting = false;
  const redrawAll = () => drawings.forEach((drawing) => drawing.redraw());
  function applyTheme() {
    const theme = isPrinting ? "light" : chosen || (prefersDark.matches ? "dark" : "light");
    const isOther = root.dataset.theme !== theme;
    root.dataset.theme = theme;
    toggle.setAttribute("aria-pressed", String(theme === "dark"));
    if (isOther) redrawAll();
  }
  toggle.addEventListener("click", () => { chosen = root.dataset.theme === "dark" ? "light" : "dark"; applyTheme(); });
  prefersDark.addEventListener("change", applyTheme);

  let folded = [];
  function toPaper() {
    if (isPrinting) return;
    isPrinting = true;
    while (waiting.length) drawNext();
    folded = [...document.querySelectorAll("details:not([open])")];
    folded.forEach((one) => { one.open = true; });
    root.classList.add("printing");
    applyTheme();
    redrawAll();
  }
  function toScreen() {
    if (!isPrinting) return;
    isPrinting = false;
    folded.forEach((one) => { one.open = false; });
    root.classList.remove("printing");
    applyTheme();
    redrawAll();
  }
  window.addEventListener("beforeprint", toPaper);
  window.addEventListener("afterprint", toScreen);
  matchMedia("print").addEventListener("change", (event) => (event.matches ? toPaper() : toScreen()));

  let width = root.clientWidth;
  window.addEventListener("resize", () => {
    if (root.clientWidth === width || isPrinting) return;
    width = root.clientWidth;
    requestAnimationFrame(redrawAll);
  });

  applyTheme();
  const DRAW = { chart, pairs, scene };
  const waiting = Object.entries(data);
  function drawNext() {
    const [name, spec] = waiting.shift();
    drawings.push(DRAW[spec.kind](document.getElementById(name), spec));
  }
  // One drawing at a time, so that the page can be read while the rest is drawn.
  function work() {
    if (waiting.length) { drawNext(); setTimeout(work, 0); return; }
    performance.mark("bouton-drawn");
    root.dataset.drawn = "true";
  }
  setTimeout(work, 0);
})();
