// Draws the corridor from the JSON block of the page. Text from data is shown through textContent only.
(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("corridor-data").textContent);
  var look = data.look;
  var byId = {};
  data.routes.forEach(function (route) { byId[route.id] = route; });

  // Words from right to left are isolated: in elements of their own, or by marks where there can be none.
  var rightToLeft = new RegExp(data.rightToLeft, "gu");
  function marked(text) { return text.replace(rightToLeft, "\u2068$&\u2069"); }
  function fill(node, text) {
    var at = 0;
    text = String(text);
    node.textContent = "";
    Array.from(text.matchAll(rightToLeft)).forEach(function (run) {
      var isolate = document.createElement("bdi");
      isolate.textContent = run[0];
      node.append(text.slice(at, run.index), isolate);
      at = run.index + run[0].length;
    });
    node.append(text.slice(at));
  }
  function el(tag, text, className) {
    var node = document.createElement(tag);
    if (text !== undefined && text !== null) { fill(node, text); }
    if (className) { node.className = className; }
    return node;
  }
  function svg(tag, attributes, children) {
    var node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    Object.keys(attributes).forEach(function (name) { node.setAttribute(name, attributes[name]); });
    (children || []).forEach(function (child) { node.appendChild(child); });
    return node;
  }
  function link(text, address) {
    if (!/^https?:\/\//.test(address)) { return el("span", text); }
    var node = el("a", text);
    node.href = address;
    node.target = "_blank";
    node.rel = "noopener noreferrer";
    return node;
  }
  // Encoded polyline (lat, lon; deltas in 1e-digits degrees), as overlays.encode_line writes it.
  function decode(text, digits) {
    var factor = Math.pow(10, -digits), at = 0, lat = 0, lon = 0, line = [];
    function step() {
      var shift = 0, value = 0, byte;
      do { byte = text.charCodeAt(at++) - 63; value |= (byte & 31) << shift; shift += 5; } while (byte >= 32);
      return value & 1 ? ~(value >> 1) : value >> 1;
    }
    while (at < text.length) { lat += step(); lon += step(); line.push([lat * factor, lon * factor]); }
    return line;
  }

  // ---- land, rails
  var canvas = L.canvas({ padding: 0.4, tolerance: 5 });
  data.land.forEach(function (ring) {
    L.polygon(decode(ring, 2), { renderer: canvas, interactive: false, color: look.border, weight: 0.8, fillColor: look.land, fillOpacity: 1 }).addTo(map);
  });
  function width(count) { return 1.4 + 1.1 * Math.log2(1 + count) * 0.75; }
  var rails = data.chains.map(function (chain) {
    var line = L.polyline(decode(chain.line, 4), {
      renderer: canvas, color: look.rail, weight: width(chain.routes.length), opacity: 1, lineCap: "round", smoothFactor: 1.2
    }).addTo(map);
    line.on("click", function (event) {
      var card = el("div", null, "card");
      card.appendChild(el("h2", chain.routes.length === 1 ? "1 service runs here" : chain.routes.length + " services run here"));
      var list = el("ul");
      chain.routes.forEach(function (id) { list.appendChild(el("li", byId[id].name)); });
      card.appendChild(list);
      open(event.latlng, card);
    });
    return line;
  });
  var chosen = L.layerGroup().addTo(map);
  function choose(id) {
    chosen.clearLayers();
    document.getElementById("route").value = id;
    var facts = document.getElementById("route-facts");
    facts.replaceChildren();
    rails.forEach(function (line) { line.setStyle({ color: id ? look.dimmed : look.rail }); });
    if (!id) { return; }
    var route = byId[id], bounds = null;
    // The light edge of the whole way first, or each piece would cut into the one before it.
    [["#ffffff", 6.5], [look.ports[route.port], 3.6]].forEach(function (stroke) {
      route.chains.forEach(function (number) {
        L.polyline(rails[number].getLatLngs(), { renderer: canvas, interactive: false, color: stroke[0], weight: stroke[1] }).addTo(chosen);
        bounds = bounds ? bounds.extend(rails[number].getBounds()) : L.latLngBounds(rails[number].getBounds());
      });
    });
    if (bounds) { map.fitBounds(bounds, { padding: [30, 30] }); }
    route.facts.forEach(function (fact) {
      facts.appendChild(el("dt", fact[0]));
      var value = el("dd");
      value.appendChild(fact[2] ? link(fact[1], fact[2]) : el("span", fact[1]));
      facts.appendChild(value);
    });
  }

  // ---- popups: focus goes in, Esc closes, focus goes back
  var popup = L.popup({ autoPanPadding: [12, 12] });
  var cameFrom = null, shown = null;
  function open(place, card) {
    cameFrom = document.activeElement;
    shown = null;
    var room = map.getSize();
    popup.options.maxWidth = Math.min(470, room.x - 70);
    popup.options.minWidth = Math.min(300, room.x - 70);
    popup.options.maxHeight = room.y - 70;
    popup.setLatLng(place).setContent(card).openOn(map);
    var box = popup.getElement();
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", marked(card.querySelector("h2").textContent));
    var close = box.querySelector(".leaflet-popup-close-button");
    if (close) { close.focus({ preventScroll: true }); }
  }
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") { map.closePopup(popup); } });
  // Leaflet's controls lie above its popups: where the map is small they stand back while one is read.
  map.on("popupopen", function () { map.getContainer().classList.add("reading"); });
  map.on("popupclose", function () { map.getContainer().classList.remove("reading"); });
  map.on("popupclose", function () { shown = null; if (cameFrom && document.contains(cameFrom)) { cameFrom.focus({ preventScroll: true }); } });

  // ---- ports
  var year = data.years[data.years.length - 1];
  function circles(cell, colour) {
    var inner = cell.value !== null ? cell.value : cell.lower;
    var outer = cell.upper;
    var most = Math.max(radius(inner), outer === null ? 0 : Math.min(radius(outer), 2 * look.largestRadius), 7);
    var size = 2 * most + 4, middle = size / 2, parts = [];
    if (outer === null || outer > cell.lower) {
      parts.push(svg("circle", { cx: middle, cy: middle, r: outer === null ? Math.max(radius(inner) + 5, 7) : most, fill: colour, "fill-opacity": 0.1, stroke: colour, "stroke-width": 1.6, "stroke-dasharray": "4 3" }));
    }
    // What can be pressed is the disc, not the ring round it, and never smaller than a finger tip needs.
    parts.push(svg("circle", { class: "hit", cx: middle, cy: middle, r: Math.max(radius(inner), 8), fill: "#ffffff", "fill-opacity": 0 }));
    parts.push(svg("circle", { class: "hit", cx: middle, cy: middle, r: Math.max(radius(inner), 3), fill: inner > 0 ? colour : "#ffffff", "fill-opacity": inner > 0 ? 0.82 : 1, stroke: "#ffffff", "stroke-width": 1.4 }));
    if (cell.value !== null && radius(cell.lower) > 6 && radius(cell.lower) < radius(inner) - 1.5) {
      parts.push(svg("circle", { cx: middle, cy: middle, r: radius(cell.lower), fill: "none", stroke: "#ffffff", "stroke-width": 1.2, "stroke-dasharray": "3 3" }));
    }
    if (!(inner > 0)) { parts.push(svg("circle", { cx: middle, cy: middle, r: 3, fill: "#ffffff", stroke: colour, "stroke-width": 1.6 })); }
    return { size: size, disc: radius(inner), node: svg("svg", { width: size, height: size, "aria-hidden": "true" }, parts) };
  }
  function radius(trains) { return look.largestRadius * Math.sqrt(Math.max(trains, 0) / look.largestTrains); }
  function cellOf(port, measure, when) {
    return port.volumes.filter(function (cell) { return cell.measure === measure && cell.year === when; })[0];
  }
  function cardOf(port) {
    var card = el("div", null, "card");
    card.appendChild(el("h2", port.name));
    card.appendChild(el("p", port.also, "also"));
    var facts = el("dl", null, "facts");
    port.facts.forEach(function (fact) {
      facts.appendChild(el("dt", fact[0]));
      var value = el("dd");
      value.appendChild(fact[2] ? link(fact[1], fact[2]) : el("span", fact[1]));
      facts.appendChild(value);
    });
    card.appendChild(facts);
    var table = el("table"), head = el("tr"), years = {}, gone = {};
    ["Year", "Trains", "TEU"].forEach(function (name) { head.appendChild(el("th", name)); });
    table.appendChild(head);
    data.years.forEach(function (when) {
      var row = el("tr", null, when === year ? "on" : ""), ids = [];
      row.appendChild(el("td", when));
      ["trains", "teu"].forEach(function (measure) {
        var cell = cellOf(port, measure, when);
        // The range breaks onto a line of its own, never within.
        var told = el("td", null, cell.status);
        cell.text.split(/ (?=\()/).forEach(function (part, i) { if (i) { told.appendChild(document.createTextNode(" ")); } told.appendChild(el("span", part, "whole")); });
        row.appendChild(told);
        ids = ids.concat(cell.claims, cell.contested);
        cell.contested.forEach(function (id) { gone[id] = true; });
      });
      ids.forEach(function (id) {
        years[id] = years[id] || [];
        if (years[id].indexOf(when) < 0) { years[id].push(when); }
      });
      table.appendChild(row);
    });
    card.appendChild(table);
    card.appendChild(el("p", "Bold: printed for the year. Italic: implied by claims. ≈: estimated, with the bounds that claims and assumptions leave. †: another figure is in print. None: before the first train. Counted by the railway, both directions."));
    var list = el("ol");
    Object.keys(years).sort().forEach(function (id) {
      var claim = data.claims[id], item = el("li");
      item.appendChild(el("strong", id + "  "));
      item.appendChild(el("span", claim.text + " "));
      item.appendChild(el("span", "For " + years[id].join(", ") + (gone[id] ? "; gave way or is in doubt (†). " : ". "), "also"));
      item.appendChild(link(claim.citation, claim.url));
      list.appendChild(item);
    });
    card.appendChild(list);
    return card;
  }
  var markers = data.ports.map(function (port) {
    var marker = L.marker(port.at, { icon: L.divIcon({ className: "port", iconSize: [20, 20] }), title: marked(port.name), riseOnHover: true }).addTo(map);
    var name = el("span", port.name);
    marker.bindTooltip(name, { permanent: true, direction: port.side, className: "name", interactive: true, offset: [0, 0] });
    function show() { open(port.at, cardOf(port)); shown = port; }
    marker.on("click", show);
    marker.on("keypress", function (event) { if (event.originalEvent.key === "Enter") { show(); } });
    marker.on("keydown", function (event) {
      if (event.originalEvent.key === " ") { event.originalEvent.preventDefault(); show(); }
    });
    return marker;
  });
  function show(when) {
    year = when;
    var parts = [], now = document.getElementById("now");
    now.replaceChildren("Trains in " + when + ": ");
    data.ports.forEach(function (port, at) {
      var cell = cellOf(port, "trains", when), drawn = circles(cell, look.ports[port.id]);
      markers[at].setIcon(L.divIcon({ className: "port", iconSize: [drawn.size, drawn.size], html: drawn.node }));
      markers[at].setZIndexOffset(Math.round(2000 - 50 * drawn.disc));  // small ones stay within reach
      var box = markers[at].getElement();
      box.setAttribute("aria-label", marked(port.name) + ", " + when + ": " + cell.text + " trains");
      var tip = markers[at].getTooltip();
      tip.options.offset = L.point((port.side === "left" ? -1 : 1) * Math.min(drawn.size / 2, 30), port.lift);
      tip.update();
      parts.push(port.name + " " + cell.text);
      now.append(at ? " · " : "", el("span", port.name, "name"), " " + cell.text.replace(/–/g, "\u2060–\u2060")); // so that no range breaks
    });
    if (shown) { popup.setContent(cardOf(shown)); }
    document.getElementById("year-now").textContent = when;
    var slider = document.getElementById("year");
    slider.setAttribute("aria-valuetext", marked(when + ". Trains: " + parts.join("; ")));
  }

  // ---- controls
  var slider = document.getElementById("year");
  slider.min = data.years[0];
  slider.max = year;
  slider.value = year;
  slider.addEventListener("input", function () { show(Number(slider.value)); });
  var picker = document.getElementById("route");
  data.ports.forEach(function (port) {
    var group = el("optgroup");
    group.label = marked("through " + port.name);
    data.routes.forEach(function (route) {
      if (route.port !== port.id) { return; }
      var option = el("option");
      option.textContent = marked(route.name);
      option.value = route.id;
      group.appendChild(option);
    });
    picker.appendChild(group);
  });
  picker.addEventListener("change", function () { choose(picker.value); });

  // ---- legend
  var legend = document.getElementById("legend");
  function sample(node, text) {
    legend.appendChild(node);
    legend.appendChild(el("div", text));
  }
  look.legend.forEach(function (row) {
    var r = radius(row[0]);
    sample(svg("svg", { width: 2 * r + 4, height: 2 * r + 4 }, [svg("circle", { cx: r + 2, cy: r + 2, r: r, fill: look.muted, "fill-opacity": 0.8 })]), row[1]);
  });
  sample(svg("svg", { width: 40, height: 40 }, [
    svg("circle", { cx: 20, cy: 20, r: 18, fill: look.muted, "fill-opacity": 0.1, stroke: look.muted, "stroke-width": 1.6, "stroke-dasharray": "4 3" }),
    svg("circle", { cx: 20, cy: 20, r: 9, fill: look.muted, "fill-opacity": 0.8 })
  ]), "disc: best figure; dashed: at least, at most");
  sample(svg("svg", { width: 20, height: 20 }, [svg("circle", { cx: 10, cy: 10, r: 3, fill: "#fff", stroke: look.muted, "stroke-width": 1.6 })]), "none");
  [1, 10, 60].forEach(function (count) {
    sample(svg("svg", { width: 56, height: 10 }, [svg("line", { x1: 2, y1: 5, x2: 54, y2: 5, stroke: look.rail, "stroke-width": width(count), "stroke-linecap": "round" })]), count === 1 ? "rails that 1 service uses" : count + " services");
  });

  map.attributionControl.setPrefix(false);
  map.attributionControl.addAttribution(data.attribution);
  map.fitBounds(data.bounds, { animate: false, paddingTopLeft: [20, 20], paddingBottomRight: [70, 30] });
  show(year);
})();
