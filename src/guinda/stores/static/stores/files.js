/* Photographs are shrunk on the telephone before they are sent, and what is too large together is said before it is sent in vain. */

const LARGE_BYTES = 700_000;
const SIDE_PX = 1600;

const shrunk = async (file) => {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const share = Math.min(1, SIDE_PX / Math.max(picture.width, picture.height));
  const canvas = Object.assign(document.createElement("canvas"), {
    width: Math.round(picture.width * share),
    height: Math.round(picture.height * share),
  });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  return new File([blob], "photograph.jpg", { type: "image/jpeg" });
};

const replace = (input, file) => {
  const chosen = new DataTransfer();
  chosen.items.add(file);
  input.files = chosen.files;
};

/** A picture that this browser can't read goes as it is: the server says what is wrong with it. */
const prepare = async (input) => {
  const [file] = input.files;
  if (!file?.type.startsWith("image/") || file.size <= LARGE_BYTES) return;
  try {
    replace(input, await shrunk(file));
  } catch {
    input.dataset.asItIs = "";
  }
};

document.querySelectorAll("[data-files]").forEach((form) => {
  const inputs = [...form.querySelectorAll("input[type=file]")];
  const button = form.querySelector("button:not([type=button])");
  const check = () => {
    const bytes = inputs.reduce((sum, input) => sum + (input.files[0]?.size ?? 0), 0);
    const last = inputs.at(-1);
    last.setCustomValidity(bytes > Number(last.dataset.mostBytes) ? form.dataset.tooLarge : "");
    return last.reportValidity();
  };
  inputs.forEach((input) =>
    input.addEventListener("change", async () => {
      button.disabled = true;
      await prepare(input);
      button.disabled = false;
      check();
    }),
  );
  form.addEventListener("submit", (event) => {
    if (!check()) event.preventDefault();
  });
});
