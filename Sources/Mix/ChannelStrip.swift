import Audio
import Music

/// What one role's channel does to its sound: tone, dynamics, width, and how much of it goes to the room.
struct ChannelStrip {
  var equalizer: Equalizer
  var compressor: Compressor
  /// 0 mono, 1 as played, above wider.
  var width: Float
  var reverbSend: Double
  /// How far the leading part pushes the middle of this one down, in decibels.
  var yieldsToLead: Double
  var usesDrumSpace = false

  init(role: Part.Role) {
    switch role {
    case .vocal:
      // The voice is darker than a singer at a microphone: what tells consonants apart is brought out.
      equalizer = Equalizer([
        .highPass(120), .peak(350, decibels: -3), .peak(3200, decibels: 5, q: 0.7), .highShelf(7000, decibels: 5),
      ])
      compressor = Compressor(thresholdAbove: -1, ratio: 3, attack: 0.005, release: 0.1)
      width = 0.6
      reverbSend = 0.13
      yieldsToLead = 0
    case .melody:
      equalizer = Equalizer([
        .highPass(110), .peak(350, decibels: -2), .peak(3200, decibels: 2, q: 0.8), .highShelf(9500, decibels: 1.5),
      ])
      compressor = Compressor(thresholdAbove: 1, ratio: 2.5, attack: 0.006, release: 0.12)
      width = 0.6
      reverbSend = 0.2
      yieldsToLead = 0
    case .counterMelody:
      equalizer = Equalizer([.highPass(150), .peak(350, decibels: -2), .highShelf(9000, decibels: 0.5)])
      compressor = Compressor(thresholdAbove: 1, ratio: 2, attack: 0.01, release: 0.15)
      width = 0.9
      reverbSend = 0.28
      yieldsToLead = 3
    case .chords:
      equalizer = Equalizer([
        .highPass(130), .peak(300, decibels: -2.5, q: 0.8), .peak(5000, decibels: 0.5), .highShelf(9500, decibels: 1),
      ])
      compressor = Compressor(thresholdAbove: 2, ratio: 1.8, attack: 0.02, release: 0.2)
      width = 1.05
      reverbSend = 0.2
      yieldsToLead = 4
    case .pad:
      equalizer = Equalizer([
        .highPass(170), .peak(350, decibels: -2.5, q: 0.8), .highShelf(8000, decibels: -0.5),
      ])
      compressor = Compressor(thresholdAbove: 2, ratio: 1.5, attack: 0.03, release: 0.3)
      width = 1.2
      reverbSend = 0.36
      yieldsToLead = 4.5
    case .arpeggio:
      equalizer = Equalizer([.highPass(190), .peak(400, decibels: -1.5), .highShelf(8000, decibels: 1)])
      compressor = Compressor(thresholdAbove: 2, ratio: 1.8, attack: 0.01, release: 0.15)
      width = 1.1
      reverbSend = 0.26
      yieldsToLead = 3
    case .bass:
      equalizer = Equalizer([
        .highPass(32), .peak(240, decibels: -2), .peak(850, decibels: 1.5), .highShelf(6000, decibels: -4),
      ])
      compressor = Compressor(thresholdAbove: 0, ratio: 3, attack: 0.015, release: 0.15)
      width = 0.1
      reverbSend = 0.015
      yieldsToLead = 0
    case .drums:
      equalizer = Equalizer([
        .highPass(30), .peak(400, decibels: -2.5, q: 0.8), .peak(4200, decibels: 1, q: 0.8), .highShelf(10_000, decibels: 1),
      ])
      compressor = Compressor(thresholdAbove: 5, ratio: 2.5, attack: 0.012, release: 0.11)
      width = 0.9
      reverbSend = 0.09
      yieldsToLead = 0
      usesDrumSpace = true
    case .percussion:
      equalizer = Equalizer([.highPass(160), .peak(400, decibels: -1), .highShelf(8000, decibels: 0.5)])
      compressor = Compressor(thresholdAbove: 5, ratio: 2, attack: 0.01, release: 0.1)
      width = 1.1
      reverbSend = 0.13
      yieldsToLead = 0
      usesDrumSpace = true
    case .effects:
      equalizer = Equalizer([.highPass(60)])
      compressor = Compressor(thresholdAbove: 6, ratio: 2, attack: 0.01, release: 0.2)
      width = 1.1
      reverbSend = 0.3
      yieldsToLead = 0
    }
  }
}
