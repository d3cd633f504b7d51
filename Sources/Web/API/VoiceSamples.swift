import FastCGI
import Generation
import Music
import Store

/// Voices to choose from by ear.
extension Routes {
  /// A line sung by a kind of voice, as MP3; while it isn't sung yet 202, to be asked again after `Retry-After`.
  @Sendable static func voiceSample(_ context: Context, _ user: User) throws -> Response {
    guard let voice = context.parameters["voice"].flatMap(VoiceKind.init(rawValue:)) else { throw HTTPError.notFound }
    switch context.studio.voiceSample(voice) {
    case .ready(let path):
      return Response().with("Content-Type", "audio/mpeg").with("Content-Disposition", "inline")
        .with("Cache-Control", "private, max-age=600").with("X-Accel-Redirect", "/_protected/\(path)")
    case .waiting:
      // Refresh is for a browser without scripts, which has come here by a link.
      return Response(.accepted, body: .text("The sample is being sung. It is played here in a few seconds.\n"))
        .with("Content-Type", "text/plain; charset=utf-8").with("Retry-After", "1").with("Refresh", "2")
        .with("Cache-Control", "no-store")
    case .unavailable(let reason): throw HTTPError.unavailable(reason)
    }
  }
}
