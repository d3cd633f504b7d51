import Foundation
import Music
import Store

/// The forms in which a song's timed lyrics can be had; the raw value is a file's extension.
enum LyricsForm: String, Sendable, CaseIterable {
  case lrc
  /// LRC with the time of every word.
  case enhancedLRC = "words.lrc"
  case srt, vtt
  case json = "lyrics.json"

  /// As shown to people.
  var label: String {
    switch self {
    case .lrc: "LRC"
    case .enhancedLRC: "LRC with words"
    case .srt: "SRT"
    case .vtt: "VTT"
    case .json: "JSON"
    }
  }

  var contentType: String {
    switch self {
    case .lrc, .enhancedLRC: "text/plain; charset=utf-8"
    case .srt: "application/x-subrip; charset=utf-8"
    case .vtt: "text/vtt; charset=utf-8"
    case .json: "application/json; charset=utf-8"
    }
  }

  func text(of lyrics: TimedLyrics) throws -> String {
    switch self {
    case .lrc: lyrics.lrc
    case .enhancedLRC: lyrics.enhancedLRC
    case .srt: lyrics.srt
    case .vtt: lyrics.webVTT
    case .json: String(decoding: try lyrics.json(), as: UTF8.self)
    }
  }
}

extension Output {
  /// When its words are sung; nil without words.
  var timedLyrics: TimedLyrics? {
    lyricLines.flatMap { try? TimedLyrics(json: Data($0.utf8)) }.flatMap { $0.lines.isEmpty ? nil : $0 }
  }
}
