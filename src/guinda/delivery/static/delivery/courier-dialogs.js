/* The three questions asked before a tap counts: the client's digits, whether nobody opens, whether the shift ends. */

const dialog = (name) => document.querySelector(`[data-dialog="${name}"]`);

const open = (box, onSubmit) => {
  const form = box.querySelector("form");
  form.reset();
  form.onsubmit = (event) => {
    event.preventDefault();
    if (onSubmit(new FormData(form)) !== false) box.close();
  };
  if (!box.open) box.showModal();
};

document.querySelectorAll("[data-dialog] [data-close]").forEach((button) => {
  button.addEventListener("click", () => button.closest("dialog").close());
});

/* Text a form gave, without the control characters that a paste may bring. */
const plain = (text) => (text ?? "").replace(/\p{C}/gu, " ").trim();

/** Functions that ask and then call `tap` with what to send. */
export const askers = (tap) => {
  const delivered = (task, error = "") => {
    const box = dialog("delivered");
    const [code, note, problem] = ["[data-with-code]", "[data-with-note]", "[data-error]"].map((each) => box.querySelector(each));
    const [codeInput, noteInput] = [code, note].map((each) => each.querySelector("input"));
    const other = box.querySelector("[data-no-code]");
    const byCode = (yes) => {
      [code.hidden, note.hidden, other.hidden] = [!yes, yes, !yes];
      problem.hidden = !yes || !error;
      (yes ? codeInput : noteInput).focus();
    };
    problem.textContent = error;
    box.querySelector("[data-door]").textContent = [task.door.street, task.door.flat].filter(Boolean).join(", ");
    other.onclick = () => byCode(false);
    codeInput.oninput = () => {
      codeInput.value = codeInput.value.replace(/\D/g, "").slice(0, 4);
      codeInput.removeAttribute("aria-invalid");
    };
    open(box, (form) => {
      const [digits, words] = [form.get("spoken_code"), plain(form.get("note"))];
      const missing = code.hidden ? !words && noteInput : digits.length !== 4 && codeInput;
      if (missing) {
        missing.setAttribute("aria-invalid", "true");
        missing.focus();
        return false;
      }
      return tap({ kind: "delivered", task_id: task.id, ...(code.hidden ? { note: words } : { spoken_code: digits }) });
    });
    byCode(true);
  };
  const cantReach = (task) =>
    open(dialog("cant_reach"), (form) => tap({ kind: "cant_reach", task_id: task.id, note: plain(form.get("note")) }));
  const end = () => open(dialog("end"), () => tap({ kind: "end_shift" }));
  return { delivered, cant_reach: cantReach, end };
};
