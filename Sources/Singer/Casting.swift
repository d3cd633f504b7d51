/// Who sings what when several parts are sung together: each different phrase of a part once, and the doubles with what they double.
struct Casting {
  /// A phrase of a part.
  struct Piece: Hashable {
    var sheet: Int
    var phrase: Phrase
  }
  /// When a piece is heard, in seconds of the song.
  struct Cue {
    var piece: Piece
    var start: Double
    /// Whether its doubles are heard, not itself.
    var isDouble: Bool
  }

  /// What is to be sung.
  private(set) var pieces: Set<Piece> = []
  /// Those of them whose doubles are wanted.
  private(set) var doubled: Set<Piece> = []
  /// For each part.
  private(set) var cues: [[Cue]] = []

  /// How far apart two singers of one note may be in the score, in seconds: players are a little late or early.
  private static let unison = 0.08

  init(_ sheets: [VocalSheet]) {
    for (number, sheet) in sheets.enumerated() {
      var own: [Cue] = []
      for (phrase, start) in sheet.placed {
        let lead = cues.lazy.joined().first { !$0.isDouble && Self.isUnison($0.piece.phrase, $0.start, phrase, start) }
        if let lead {
          own.append(Cue(piece: lead.piece, start: lead.start, isDouble: true))
          doubled.insert(lead.piece)
        } else {
          let piece = Piece(sheet: number, phrase: phrase)
          own.append(Cue(piece: piece, start: start, isDouble: false))
          pieces.insert(piece)
        }
      }
      cues.append(own)
    }
  }

  private static func isUnison(_ one: Phrase, _ oneStart: Double, _ other: Phrase, _ otherStart: Double) -> Bool {
    one.manner.voice == other.manner.voice && one.manner.delivery == other.manner.delivery
      && abs(oneStart + one.line.startSeconds - otherStart - other.line.startSeconds) < unison
      && one.line.tokens == other.line.tokens
      && one.line.syllables.map { $0.map(\.pitch) } == other.line.syllables.map { $0.map(\.pitch) }
  }
}
