import FastCGI
import Generation
import Store

/// The site map: a line a route.
enum Routes {
  static let all: [Route] = api + machine + pages

  /// `api.md`; the document at `/api/v1/openapi.json` describes the same calls.
  static let api: [Route] =
    (music + services).scoped(read: .readMusic, write: .makeMusic) + (accounts + webhooks).scoped(read: .readAccount, write: .changeAccount)
    + payments.scoped(read: .readCredits, write: .readCredits) + [
      .get("/api/v1/openapi.json", openAPI),
      .get("/api/v1/health", health),
    ]

  private static let accounts: [Route] = [
    .post("/api/v1/auth/register", register),
    .post("/api/v1/auth/initiate-registration", beginRegistration),
    .post("/api/v1/auth/verify-registration", completeRegistration),
    .post("/api/v1/auth/token", issueToken),
    .post("/api/v1/auth/login", issueToken),
    .post("/api/v1/auth/refresh", refreshToken),
    .post("/api/v1/auth/logout", endToken),
    .post("/api/v1/auth/forgot-password", forgotPassword),
    .post("/api/v1/auth/reset-password", resetPassword),
    .post("/api/v1/auth/change-password", changePassword),
    .get("/api/v1/auth/me", me),
    .patch("/api/v1/auth/me", renameMe),
    .post("/api/v1/auth/api-keys", createAPIKey),
    .get("/api/v1/auth/api-keys", listAPIKeys),
    .delete("/api/v1/auth/api-keys/{id}", revokeAPIKey),
  ]

  private static let webhooks: [Route] = [
    .post("/api/v1/webhooks/endpoints", createWebhook),
    .get("/api/v1/webhooks/endpoints", listWebhooks),
    .get("/api/v1/webhooks/endpoints/{id}", showWebhook),
    .patch("/api/v1/webhooks/endpoints/{id}", changeWebhook),
    .delete("/api/v1/webhooks/endpoints/{id}", deleteWebhook),
    .post("/api/v1/webhooks/endpoints/{id}/test", limited(.webhooks, testWebhook)),
    .get("/api/v1/webhooks/endpoints/{id}/deliveries", listDeliveries),
    .post("/api/v1/webhooks/deliveries/{id}/redeliver", limited(.webhooks, redeliver)),
  ]

  private static let payments: [Route] = [
    .get("/api/v1/credits", showCredits),
    .get("/api/v1/credits/usage", creditUsage),
    .get("/api/v1/credits/multipliers", creditMultipliers),
    .get("/api/v1/credits/payg/info", creditRates),
    .get("/api/v1/api-wallet/balance", walletBalance),
    .get("/api/v1/api-wallet/pricing", walletPricing),
    .post("/api/v1/api-wallet/estimate", walletEstimate),
    .post("/api/v1/api-wallet/check-balance", checkWallet),
    .post("/api/v1/api-wallet/topup/checkout", topUp),
    .post("/api/v1/api-wallet/topup/payment-intent", topUp),
    .get("/api/v1/api-wallet/usage", walletUsage),
    .get("/api/v1/api-wallet/topups", walletGrants),
    .get("/api/v1/api-wallet/service-types", serviceTypes),
  ]

  private static let music: [Route] = [
    .post("/api/v1/music/text2music", createSong(.text2music, message: "Text-to-music generation started")),
    .post("/api/v1/music/prompt2instrumental", createSong(.prompt2instrumental, message: "Instrumental generation started")),
    .post("/api/v1/music/text2rap", createSong(.text2rap, message: "Rap generation started")),
    .post("/api/v1/music/lyric2vocals", createSong(.lyric2vocals, message: "Vocal generation started")),
    .post("/api/v1/music/text2samples", createSong(.text2samples, message: "Sample generation started")),
    .post("/api/v1/music/simple", createSong(.simple, message: "Simple mode generation started")),

    .post("/api/v1/music/retake", limited(.retake, createSong(.retake, message: "Retake started"))),
    .post("/api/v1/music/repaint", limited(.repaint, createSong(.repaint, message: "Repaint started"))),
    .post("/api/v1/music/extend", limited(.extend, createSong(.extend, message: "Extend started"))),
    .post("/api/v1/music/edit", limited(.edit, createSong(.edit, message: "Edit started"))),

    .post("/api/v1/music/cover", createSong(.cover, message: "Cover generation started")),
    .post("/api/v1/music/reference", createSong(.reference, message: "Reference generation started")),
    .post("/api/v1/music/extract-stem", createSong(.extract, message: "Stem extraction started")),
    .post("/api/v1/music/extract", createSong(.extract, message: "Stem extraction started")),
    .post("/api/v1/music/lego", createSong(.lego, message: "Stem generation started")),
    .post("/api/v1/music/complete", createSong(.complete, message: "Completion started")),
    .post("/api/v1/music/analyze", analyze),
    .post("/api/v1/music/uploads", upload),
    .get("/api/v1/music/uploads", listUploads),
    .get("/api/v1/music/uploads/{id}", showUploadObject),
    .delete("/api/v1/music/uploads/{id}", deleteUpload),

    .get("/api/v1/music/jobs", listJobs),
    .get("/api/v1/music/jobs/counts", jobCounts),
    .get("/api/v1/music/jobs/{id}", jobStatus),
    .get("/api/v1/music/jobs/{id}/status", jobStatus),
    .get("/api/v1/music/jobs/{id}/events", jobEvents),
    .patch("/api/v1/music/jobs/{id}", relabelJob),
    .delete("/api/v1/music/jobs/{id}", deleteJob),
    .post("/api/v1/music/jobs/{id}/cancel", cancelJob),
    .post("/api/v1/music/jobs/{id}/retry", limited(.retry, retryJob)),
    .post("/api/v1/music/jobs/{id}/stems", requestStems),
    .get("/api/v1/music/jobs/{id}/stems", listStems),
    .post("/api/v1/music/jobs/{id}/like", setOpinion(.like, message: "Track liked successfully")),
    .delete("/api/v1/music/jobs/{id}/like", setOpinion(nil, message: "Like removed")),
    .post("/api/v1/music/jobs/{id}/dislike", setOpinion(.dislike, message: "Track disliked successfully")),
    .delete("/api/v1/music/jobs/{id}/dislike", setOpinion(nil, message: "Dislike removed")),
    .get("/api/v1/music/jobs/{id}/interaction-status", interactionStatus),
    .get("/api/v1/music/jobs/{id}/stats", jobStatistics),
    .post("/api/v1/music/jobs/{id}/share", shareJob),
    .delete("/api/v1/music/jobs/{id}/share", unshareJob),
    .get("/api/v1/music/liked", likedJobs),
    .get("/api/v1/music/filters/stats", filterStatistics),
    .get("/api/v1/music/share/{secret}", sharedTrack),
    .get("/api/v1/music/shared/{secret}", sharedTrack),
    .get("/api/v1/music/share/{secret}/stats", sharedStatistics),
    .get("/api/v1/music/shared/{secret}/download", sharedDownload),
    .post("/api/v1/music/{id}/lrc", limited(.lrc, timeLyrics)),
    .post("/api/v1/music/jobs/{id}/lrc", limited(.lrc, timeLyrics)),
    .get("/api/v1/jobs/{id}", jobStatus),
    .get("/api/v1/events", allEvents),

    .get("/api/v1/music/presets", presets),
    .get("/api/v1/music/model/status", modelStatus),
    .get("/api/v1/music/sample-data", sampleData),
    .get("/api/v1/music/voices/{voice}", voiceSample),
    .get("/api/v1/music/v3/availability", scoreFirstAvailability),
    .post("/api/v1/music/v3/plan", scoreFirst(planScore)),
    .post("/api/v1/music/v3/revise", scoreFirst(limited(.revise, reviseScore))),
    .post("/api/v1/music/v3/edit", scoreFirst(recordScore)),
    .post("/api/v1/music/v3/generate", scoreFirst(generateFromScore)),
    .get("/api/v1/music/v3/jobs", scoreFirst(listScoreFirstJobs)),
    .get("/api/v1/music/v3/jobs/{id}", scoreFirst(scoreFirstJob)),
    .get("/api/v1/music/v3/jobs/{id}/score", scoreFirst(scoreOfJob)),
  ]

  /// Stems and MIDI, services beside music with jobs of their own (`api.md` 19).
  private static let services: [Route] = [
    .post("/api/v1/stem-extraction/api/extract", extractStems),
    .post("/api/v1/stem-extraction/extract/advanced", extractStemsAdvanced),
    .post("/api/v1/stem-extraction/extract", extractStemsByType),
    .get("/api/v1/stem-extraction/status/{id}", stemJob),
    .get("/api/v1/stem-extraction/jobs", listStemJobs),
    .delete("/api/v1/stem-extraction/jobs/{id}", deleteStemJob),
    .get("/api/v1/stem-extraction/modes", stemModes),
    .get("/api/v1/stem-extraction/catalog", stemCatalog),
    .get("/api/v1/stem-extraction/packages/available", stemPackages),
    .post("/api/v1/midi/convert", convertToMidi),
    .post("/api/v1/midi/convert/from-stems/{id}", convertStemsToMidi),
    .get("/api/v1/midi/status/{id}", midiJob),
    .get("/api/v1/midi/jobs", listMidiJobs),
    .delete("/api/v1/midi/jobs/{id}", deleteMidiJob),
  ]

  static let machine: [Route] = [
    .get("/health", health),
    .get("/media/{id}/{file}", media),
    .get("/media/uploads/{file}", uploadedMedia),
    .get("/uploads/{id}/peaks", uploadPeaks),
    .get("/jobs/{id}/{variation}/peaks", peaks),
  ]
}
