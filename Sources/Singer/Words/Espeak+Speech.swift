import CEspeak

extension Espeak {
  /// What espeak-ng said.
  struct Speech: Sendable {
    /// -1 ... 1.
    var samples: [Double] = []
    var sampleRate = 22_050
    var phones: [SpokenPhone] = []
  }

  /// A phone and where it begins.
  struct SpokenPhone: Sendable, Hashable {
    /// In IPA; empty for a pause.
    var name: String
    var sample: Int
    /// The number of its word.
    var word: Int
  }

  /// Has a text spoken on one pitch of 88 to 98 Hz, so that harmonics lie densely under the formants (`singer.md` 4.6).
  /// - Throws: `EspeakError`.
  /// - Complexity: about 0.01 s a second of speech, during which the lock is held.
  static func speech(of text: String, voice: String) throws -> Speech {
    let pieces = pieces(of: text)
    return try exclusively(voice: voice) { rate in
      let recorder = Recorder()
      recorder.speech.sampleRate = rate
      for (parameter, value) in [(espeakRATE, 130), (espeakPITCH, 50), (espeakRANGE, 0), (espeakWORDGAP, 0)] as [(espeak_PARAMETER, Int32)] {
        guard espeak_SetParameter(parameter, value, 0) == EE_OK else { throw EspeakError.failed(call: "espeak_SetParameter", code: Int(value)) }
      }
      unsafe espeak_SetSynthCallback { wave, count, events in
        guard let events = unsafe events else { return 0 }
        var event = unsafe events
        // The list's end carries the caller's pointer as all others do.
        guard let user = unsafe events.pointee.user_data else { return 0 }
        let recorder = unsafe Unmanaged<Recorder>.fromOpaque(user).takeUnretainedValue()
        while unsafe event.pointee.type != espeakEVENT_LIST_TERMINATED {
          let type = unsafe event.pointee.type
          if type == espeakEVENT_WORD { recorder.word += 1 }
          if type == espeakEVENT_PHONEME {
            let name = unsafe withUnsafeBytes(of: event.pointee.id.string) { bytes in
              unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            let sample = unsafe Int(event.pointee.sample)
            recorder.speech.phones.append(SpokenPhone(name: name, sample: recorder.offset + sample, word: recorder.word))
          }
          unsafe event += 1
        }
        if let wave = unsafe wave, count > 0 {
          for index in 0..<Int(count) { recorder.speech.samples.append(unsafe Double(wave[index]) / 32_768) }
        }
        return 0
      }
      for piece in pieces {
        recorder.offset = recorder.speech.samples.count
        let code = unsafe piece.withCString { start in
          unsafe espeak_Synth(
            start, piece.utf8.count + 1, 0, POS_CHARACTER, 0, UInt32(espeakCHARS_UTF8), nil,
            Unmanaged.passUnretained(recorder).toOpaque())
        }
        guard code == EE_OK else { throw EspeakError.failed(call: "espeak_Synth", code: Int(code.rawValue)) }
      }
      return withExtendedLifetime(recorder) { recorder.speech }
    }
  }

  /// What the library's callback writes to, under the lock.
  private final class Recorder {
    var speech = Speech()
    var offset = 0
    var word = 0
  }
}
