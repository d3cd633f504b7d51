import Music

extension FormPlanner {
  /// What there is to sing in a form: its stanzas counted in lines, and how many syllables a line has room for.
  ///
  /// Intros and endings come by themselves when the words are laid out; what is played between the stanzas keeps its
  /// place as a stanza without lines.
  func stanzas(_ blocks: [Block], syllables: ClosedRange<Int>) -> (stanzas: [LyricWriter.Stanza], lineSyllables: Int) {
    let perLine = barsPerLine(syllables: Double(syllables.lowerBound + syllables.upperBound) / 2)
    let room = Double(perLine) * barSeconds * Self.syllablesPerSecond
    let lineSyllables = min(max(Int(room.rounded()), syllables.lowerBound), syllables.upperBound)
    let sungKinds: Set<Section.Kind> = [.verse, .preChorus, .chorus, .bridge, .drop]
    var stanzas = blocks.compactMap { block -> LyricWriter.Stanza? in
      if [.intro, .outro].contains(block.kind) { return nil }
      guard sungKinds.contains(block.kind) else { return .init(kind: block.kind, lineCount: 0) }
      let lines = block.bars / perLine
      // A drop is half words, half music.
      let most = block.kind == .drop ? 4 : block.kind == .preChorus || block.kind == .bridge ? 4 : 8
      return .init(kind: block.kind, lineCount: min(max(lines > 1 ? lines / 2 * 2 : lines, 1), most))
    }
    if stanzas.allSatisfy({ $0.lineCount == 0 }) {
      let bars = blocks.reduce(0) { $0 + $1.bars }
      stanzas = [.init(kind: .chorus, lineCount: min(max(bars / perLine / 2 * 2, 1), 4))]
    }
    return (stanzas, lineSyllables)
  }
}
