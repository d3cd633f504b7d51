/// General MIDI Level 1 (MIDI Manufacturers Association, 1991).
enum GeneralMIDI {
  /// What a program is called, 0...127.
  static func name(ofProgram program: Int) -> String {
    names.indices.contains(program) ? names[program] : "Program \(program + 1)"
  }

  private static let names: [String] = families.flatMap { $0 }

  /// Sixteen families of eight.
  private static let families = [
    ["Grand piano", "Bright piano", "Electric grand piano", "Honky-tonk piano", "Electric piano", "FM electric piano", "Harpsichord", "Clavinet"],
    ["Celesta", "Glockenspiel", "Music box", "Vibraphone", "Marimba", "Xylophone", "Tubular bells", "Dulcimer"],
    ["Drawbar organ", "Percussive organ", "Rock organ", "Church organ", "Reed organ", "Accordion", "Harmonica", "Tango accordion"],
    ["Nylon guitar", "Steel guitar", "Jazz guitar", "Clean guitar", "Muted guitar", "Overdriven guitar", "Distortion guitar", "Guitar harmonics"],
    ["Acoustic bass", "Fingered bass", "Picked bass", "Fretless bass", "Slap bass 1", "Slap bass 2", "Synth bass 1", "Synth bass 2"],
    ["Violin", "Viola", "Cello", "Contrabass", "Tremolo strings", "Pizzicato strings", "Harp", "Timpani"],
    ["Strings", "Slow strings", "Synth strings 1", "Synth strings 2", "Choir aahs", "Choir oohs", "Synth choir", "Orchestra hit"],
    ["Trumpet", "Trombone", "Tuba", "Muted trumpet", "French horn", "Brass section", "Synth brass 1", "Synth brass 2"],
    ["Soprano sax", "Alto sax", "Tenor sax", "Baritone sax", "Oboe", "English horn", "Bassoon", "Clarinet"],
    ["Piccolo", "Flute", "Recorder", "Pan flute", "Blown bottle", "Shakuhachi", "Whistle", "Ocarina"],
    ["Square lead", "Sawtooth lead", "Calliope lead", "Chiff lead", "Charang lead", "Vox lead", "Fifths lead", "Bass and lead"],
    ["New age pad", "Warm pad", "Polysynth pad", "Choir pad", "Bowed pad", "Metallic pad", "Halo pad", "Sweep pad"],
    ["Rain", "Soundtrack", "Crystal", "Atmosphere", "Brightness", "Goblins", "Echoes", "Sci-fi"],
    ["Sitar", "Banjo", "Shamisen", "Koto", "Kalimba", "Bagpipe", "Fiddle", "Shanai"],
    ["Tinkle bell", "Agogo", "Steel drums", "Woodblock", "Taiko drum", "Melodic tom", "Synth drum", "Reverse cymbal"],
    ["Fret noise", "Breath noise", "Seashore", "Bird tweet", "Telephone ring", "Helicopter", "Applause", "Gunshot"],
  ]
}
