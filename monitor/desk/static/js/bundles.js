// The evidence of an alert: how far its bundles are, and a bundle that is dropped onto the page.

const PACE_MS = 1000;

async function follow(row) {
  for (;;) {
    await new Promise((done) => setTimeout(done, PACE_MS));
    const answer = await fetch(`/api/v1/bundles/${row.dataset.bundle}`);
    if (!answer.ok) continue;
    const bundle = await answer.json();
    if (bundle.state !== "making") {
      location.replace(`${location.pathname}${location.search}#sealing`);
      location.reload();
      return;
    }
    row.querySelector(".bundle-count").textContent = `${bundle.records} / ${bundle.total || "…"}`;
  }
}
for (const row of document.querySelectorAll('[data-bundle][data-state="making"]')) follow(row);

// A browser labels its own button in its own language, which need not be the page's: ours takes its place.
for (const input of document.querySelectorAll(".file input")) {
  const [label, name] = [input.nextElementSibling, input.nextElementSibling.nextElementSibling];
  const none = name.textContent;
  input.classList.add("unseen");
  label.hidden = name.hidden = false;
  const show = () => (name.textContent = [...input.files].map((file) => file.name).join(" ") || none);
  input.addEventListener("change", show);
  show();
}

const drop = document.getElementById("bundle-drop");
const verdict = document.getElementById("bundle-verdict");
const findings = document.getElementById("bundle-findings");

async function check(file) {
  findings.replaceChildren();
  delete verdict.dataset.verdict;
  verdict.textContent = `${verdict.dataset.checking} ${file.name}`;
  try {
    const answer = await fetch("/api/v1/bundles/check", {
      method: "POST",
      body: file,
      headers: { "Content-Type": "application/zip" },
    });
    const report = await answer.json();
    if (!answer.ok) throw new Error(report.detail);
    const words = { valid: "valid", invalid: "invalid", incomplete: "incomplete", "seal-untrusted": "sealUntrusted" };
    verdict.textContent = `${file.name}: ${verdict.dataset[words[report.verdict]]}`;
    const remark = document.documentElement.lang.startsWith("zh") ? "says_zh" : "says";
    for (const one of [...report.findings, ...report.remarks]) {
      const item = document.createElement("li");
      item.textContent = `${one.path} ${one[remark] || one.says}`;
      findings.append(item);
    }
    verdict.dataset.verdict = report.verdict;
  } catch (error) {
    verdict.textContent = `${verdict.dataset.error} ${error.message || ""}`;
    verdict.dataset.verdict = "error";
  }
}

if (drop) {
  document.getElementById("bundle-file").addEventListener("change", (event) => {
    if (event.target.files.length) check(event.target.files[0]);
  });
  drop.addEventListener("dragover", (event) => event.preventDefault());
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) check(event.dataTransfer.files[0]);
  });
}
