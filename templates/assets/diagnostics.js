// Asks for the report with the token that was typed in, and draws it. Nothing is kept.
"use strict";

function element(name, text, kind) {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function draw(report) {
  const at = new Date(report.made_at).toLocaleString();
  const heading = element("p", report.summary + ".", report.verdict);
  const list = document.createElement("ul");
  list.className = "findings";
  for (const found of report.findings) {
    const item = document.createElement("li");
    item.append(element("strong", found.level + " " + found.check, found.level));
    const code = found.code && found.level !== "ok" ? " [" + found.code + "]" : "";
    item.append(element("p", found.saw + code));
    if (found.level !== "ok") item.append(element("p", found.means, "faint"));
    if (found.level !== "ok" && found.do) item.append(element("p", "Do: " + found.do));
    list.append(item);
  }
  const made = element("p", "Wake-up Coach " + report.version + ", " + at + ", in " + report.took_ms + " ms.", "faint");
  document.getElementById("report").replaceChildren(heading, list, made);
}

async function look(event) {
  event.preventDefault();
  const report = document.getElementById("report");
  report.replaceChildren(element("p", "Looking; this takes some seconds."));
  const token = document.getElementById("token").value.trim();
  try {
    const headers = { Authorization: "Bearer " + token, Accept: "application/json" };
    const answer = await fetch("diagnostics", { headers });
    if (answer.status === 401) throw new Error("the admin token is not right");
    if (!answer.ok) throw new Error("the program answered " + answer.status);
    draw(await answer.json());
  } catch (error) {
    report.replaceChildren(element("p", "Could not look: " + error.message, "fail"));
  }
}

document.getElementById("look").addEventListener("submit", look);
