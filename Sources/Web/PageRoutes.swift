extension Routes {
  /// The pages. Every form posts to its own address and is answered with 303, or with the form and what is wrong.
  static let pages: [Route] = [
    .get("/", showCreate),
    .post("/", create),
    .get("/jobs/{id}", showJob),
    .post("/jobs/{id}/cancel", cancelFromPage),
    .post("/jobs/{id}/retry", retryFromPage),
    .post("/jobs/{id}/stems", requestStemsFromPage),
    .get("/jobs/{id}/change", showChange),
    .post("/jobs/{id}/change", change),
    .post("/jobs/{id}/rename", renameFromPage),
    .post("/jobs/{id}/delete", deleteFromPage),
    .get("/scores", showScore),
    .post("/scores", playScore),
    .get("/library", showLibrary),
    .get("/help", showHelp),
    .get("/account", showAccount),
    .post("/account/keys", createKey),
    .post("/account/keys/{id}/revoke", revokeKey),
    .post("/theme", chooseTheme),
    .get("/setup", showSetup),
    .post("/setup", completeSetup),
    .get("/login", showLogin),
    .post("/login", login),
    .post("/logout", logout),
  ]
}
