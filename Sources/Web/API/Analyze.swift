import FastCGI
import Generation
import JSON
import Store

/// What is heard in a recording, while the client waits (`api.md` 9.3).
extension Routes {
  /// Shorter than the 30 s after which clients give up and ask again.
  static let patience = 24.0

  @Sendable static func analyze(_ context: Context, _ user: User) throws -> Response {
    let (members, fromForm, _) = try context.bodyMembers(takingFileAs: "audio_url", of: user)
    let temperature = ParameterSchema.analysis[1]
    guard temperature.read(members["temperature"] ?? .null, fromForm: fromForm) != nil else {
      throw InvalidParameters(faults: [.init(field: "temperature", message: temperature.rule)])
    }
    guard let address = ["audio_url", "src_audio_url"].lazy.compactMap({ members[$0]?.string?.trimmingBlanks() }).first(where: { !$0.isEmpty })
    else {
      let hasCodes = members["audio_codes"]?.string?.isEmpty == false
      throw InvalidParameters(faults: [
        .init(field: "audio_url", message: hasCodes ? "is required: there are no audio_codes on this server" : "is required")
      ])
    }
    let recording = try SourceRecording(address: address, field: "audio_url", user: user, context)
    // What is known or being heard already costs nothing, so it doesn't count.
    if case .none = context.studio.analyst.hearing(of: recording.source, .quick, begins: false, waiting: 0) {
      _ = try context.studio.limiter.take(.analyze, account: user.id)
    }
    switch context.studio.analyst.hearing(of: recording.source, .quick, begins: true, waiting: patience) {
    case .heard(let heard): return Response(json: analysis(heard))
    case .refused(let refusal): throw HTTPError(refusal)
    case .none, .waiting, .running:
      throw HTTPError.unavailable("The recording is still being listened to. Ask again in a few seconds: what has been done is not lost.")
    }
  }

  /// The reply of `api.md` 9.3, with everything that was heard under `analysis`.
  private static func analysis(_ heard: JSON) -> JSON {
    let lyrics = heard["lyrics"]
    let words = lyrics?["text"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    let understood = heard["bpm"]?.int != nil || heard["keyscale"]?.string != nil || words != nil
    func found(_ name: String) -> JSON { understood ? heard[name] ?? .null : .null }
    return [
      "success": .bool(understood), "caption": found("caption"), "lyrics": .optional(words), "bpm": found("bpm"),
      "keyscale": found("keyscale"), "timesignature": found("timesignature"), "duration": heard["duration_seconds"] ?? .null,
      "language": understood ? lyrics?["language"] ?? .null : .null, "audio_codes": .null,
      "error": understood ? .null : "No music was heard in this recording.", "notes": heard["notes"] ?? [],
      "analysis": heard,
    ]
  }
}
