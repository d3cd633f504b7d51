import FastCGI
import Foundation
import Store

/// A shared song in another site's frame: a title, a player, a link to the song's page. It runs no script and reads no cookie.
struct EmbedPage: Page {
  static let name = "embed"
  static let frame = "bare"

  var songTitle: String
  var facts: String
  var audioURL: String
  /// The whole page's, opened beside the frame.
  var pagePath: String

  var documentTitle: String { songTitle }

  static let fields: TemplateFields<Self> = [
    "songTitle": .text(\.songTitle), "facts": .text(\.facts), "audioURL": .text(\.audioURL), "pagePath": .text(\.pagePath),
  ]

  static let sample = EmbedPage(
    songTitle: "Harbour <lights>", facts: "Song, 1:32", audioURL: "/shared/abc/0.mp3", pagePath: "/shared/abc")

  /// The one page of the site that others may show in a frame.
  static let contentSecurityPolicy = """
    default-src 'none'; style-src 'self'; img-src 'self' data:; media-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *
    """
}

/// What other sites show of a link to a song (Open Graph, and the player card that some ask for).
struct SocialCard: TemplateModel {
  /// At most 70 characters.
  let title: String
  /// At most 200 characters.
  let description: String
  let pageURL: String
  let audioURL: String
  let seconds: Int
  /// Somebody's picture elsewhere, where the song has one; otherwise its waveform.
  let imageURL: String
  /// Nil where the site has no TLS, which players in frames need.
  let playerURL: String?

  static let fields: TemplateFields<Self> = [
    "cardTitle": .text(\.title), "cardDescription": .text(\.description), "cardURL": .text(\.pageURL), "cardAudio": .text(\.audioURL),
    "cardSeconds": .text { String($0.seconds) }, "cardImage": .text(\.imageURL), "cardPlayer": .optional(\.playerURL),
  ]

  static let sample = SocialCard(
    title: "Harbour <lights>", description: "Song, 1:32. The river knows my name", pageURL: "https://music.example.org/shared/abc",
    audioURL: "https://music.example.org/shared/abc/0.mp3", seconds: 92, imageURL: "https://example.org/cover.png",
    playerURL: "https://music.example.org/shared/abc/embed")

  /// A text of at most so many characters.
  static func short(_ text: String, _ limit: Int) -> String {
    text.count <= limit ? text : text.prefix(limit - 1).trimmingCharacters(in: .whitespaces) + "…"
  }
}
