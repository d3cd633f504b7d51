internal import CEspeak
import Foundation
import Synchronization

/// Why espeak-ng could not be used.
public enum EspeakError: Error, Hashable, CustomStringConvertible {
  /// The library doesn't find its data.
  case unavailable(code: Int)
  case unknownVoice(String)
  case failed(call: String, code: Int)

  public var description: String {
    switch self {
    case .unavailable(let code):
      "espeak-ng can't be started (code \(code)): install the package espeak-ng-data."
    case .unknownVoice(let voice): "espeak-ng has no voice “\(voice)”."
    case .failed(let call, let code): "espeak-ng: \(call) failed with code \(code)."
    }
  }
}

/// The one way to libespeak-ng, which keeps all its state in globals: whoever uses it holds the lock.
///
/// It is started at the first call, for synthesis into memory with phoneme events named in IPA, and is never stopped.
enum Espeak {
  /// What the library was left with.
  private struct Library: Sendable {
    var sampleRate = 0
    var voice = ""
  }
  private static let library = Mutex(Library())

  /// Runs `body` while nobody else uses the library, with the voice set.
  ///
  /// `body` sets the callback and the parameters that it needs, and calls nothing of `Espeak`.
  /// - Parameter voice: a name ("de"), a language ("fr-fr"), either with a variant ("en-us+f5").
  /// - Parameter body: is given the samples a second of the sound.
  /// - Throws: `EspeakError`, and what `body` throws.
  static func exclusively<Result: Sendable>(
    voice: String, _ body: (_ sampleRate: Int) throws -> sending Result
  ) throws -> Result {
    try library.withLock { library in
      if library.sampleRate == 0 {
        let options = espeakINITIALIZE_PHONEME_EVENTS | espeakINITIALIZE_PHONEME_IPA | espeakINITIALIZE_DONT_EXIT
        let rate = unsafe espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, nil, options)
        guard rate > 0 else { throw EspeakError.unavailable(code: Int(rate)) }
        library.sampleRate = Int(rate)
      }
      if library.voice != voice {
        library.voice = ""
        try select(voice)
        library.voice = voice
      }
      return try body(library.sampleRate)
    }
  }

  private static func select(_ voice: String) throws(EspeakError) {
    if unsafe espeak_SetVoiceByName(voice) == EE_OK { return }
    // A language that no voice is named after, "fr-fr": the voice that speaks it.
    let code = unsafe voice.withCString { language in
      var wanted = unsafe espeak_VOICE()
      unsafe wanted.languages = unsafe language
      return unsafe espeak_SetVoiceByProperties(&wanted)
    }
    guard code == EE_OK else { throw .unknownVoice(voice) }
  }

  /// The phones of a text in IPA, as `espeak-ng --ipa --sep=_` writes them: words parted by white space, phones by `_`.
  ///
  /// Text of any length and content is taken; it is given to the library in pieces that it can hold.
  /// - Throws: `EspeakError`.
  /// - Complexity: O(text), about 0.1 ms a line.
  static func phones(of text: String, voice: String) throws -> String {
    let pieces = pieces(of: text)
    guard !pieces.isEmpty else { return "" }
    return try exclusively(voice: voice) { _ in
      var result: [String] = []
      for piece in pieces { result.append(try traced(piece)) }
      return result.joined(separator: " ")
    }
  }

  /// The library's trace of the phones that it is about to speak; the sound itself is declined at its first block.
  private static func traced(_ text: String) throws(EspeakError) -> String {
    var bytes: UnsafeMutablePointer<CChar>?
    var count = 0
    guard let file = unsafe open_memstream(&bytes, &count) else { throw .failed(call: "open_memstream", code: Int(errno)) }
    defer { unsafe free(bytes) }
    unsafe espeak_SetSynthCallback { _, _, _ in 1 }
    unsafe espeak_SetPhonemeTrace(espeakPHONEMES_IPA | Int32(UInt8(ascii: "_")) << 8, file)
    let code = unsafe text.withCString { start in
      unsafe espeak_Synth(start, text.utf8.count + 1, 0, POS_CHARACTER, 0, UInt32(espeakCHARS_UTF8), nil, nil)
    }
    unsafe espeak_SetPhonemeTrace(0, nil)
    unsafe fclose(file)
    guard code == EE_OK else { throw .failed(call: "espeak_Synth", code: Int(code.rawValue)) }
    guard let bytes = unsafe bytes else { return "" }
    return unsafe String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  /// Bytes of text a call, and of a word: the library's own limits are 800 and 160.
  private static let pieceBytes = 400
  private static let wordBytes = 144

  /// The text without control characters, its words cut where they are too long, in pieces.
  static func pieces(of text: String) -> [String] {
    var pieces: [String] = []
    var piece = ""
    func add(_ word: String) {
      if !piece.isEmpty, piece.utf8.count + 1 + word.utf8.count > pieceBytes {
        pieces.append(piece)
        piece = ""
      }
      piece += piece.isEmpty ? word : " " + word
    }
    var word = String.UnicodeScalarView()
    var bytes = 0
    func end() {
      if !word.isEmpty { add(String(word)) }
      word = .init()
      bytes = 0
    }
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .spaceSeparator, .lineSeparator, .paragraphSeparator, .control: end()
      case .surrogate, .privateUse, .unassigned: continue
      default:
        let length = UTF8.width(scalar)
        if bytes + length > wordBytes { end() }
        word.append(scalar)
        bytes += length
      }
    }
    end()
    if !piece.isEmpty { pieces.append(piece) }
    return pieces
  }
}
