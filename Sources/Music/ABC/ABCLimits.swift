/// What an ABC text may hold: far more than a song of ten minutes, far less than would stop the program.
enum ABCLimits {
  static let bytes = 8_000_000
  static let voices = 64
  /// Bars of a voice with its repeats played out.
  static let bars = 4_000
  /// Notes of all voices.
  static let notes = 200_000
  static let notesInChord = 32
  static let problems = 20
  static let syllableCharacters = 100
}
