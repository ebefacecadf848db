// Passkeys: asks the server for a question, the browser for its answer, and sends that as an ordinary form. Without a script,
// or where the browser knows no passkeys, the buttons stay hidden, and password and codes do the same.
(() => {
  const forms = document.querySelectorAll("form.passkey");
  if (!window.PublicKeyCredential || !window.isSecureContext) return;

  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const toText = (bytes) =>
    bytes && btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const question = async (form) => {
    const headers = { "X-CSRFToken": form.elements.csrf_token.value };
    const answer = await fetch(form.dataset.question, { method: "POST", headers, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error("no question");
    const asked = await answer.json();
    asked.challenge = toBytes(asked.challenge);
    if (asked.user) asked.user.id = toBytes(asked.user.id);
    for (const known of asked.excludeCredentials || asked.allowCredentials || []) known.id = toBytes(known.id);
    return asked;
  };

  const inWords = (credential) => {
    const { response } = credential;
    const told = { clientDataJSON: toText(response.clientDataJSON) };
    if (response.attestationObject) {
      told.attestationObject = toText(response.attestationObject);
      told.transports = response.getTransports ? response.getTransports() : [];
    } else {
      told.authenticatorData = toText(response.authenticatorData);
      told.signature = toText(response.signature);
      told.userHandle = toText(response.userHandle);
    }
    return JSON.stringify({
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response: told,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  };

  const ask = async (form) => {
    const publicKey = await question(form);
    const way = form.dataset.way === "create" ? "create" : "get";
    form.elements.credential.value = inWords(await navigator.credentials[way]({ publicKey }));
    form.submit();
  };

  for (const form of forms) {
    const said = form.querySelector("[role=status]");
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      said.textContent = "";
      ask(form).catch(() => {
        said.textContent = said.dataset.trouble;
      });
    });
  }
})();
