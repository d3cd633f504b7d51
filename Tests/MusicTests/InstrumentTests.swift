import Music
import Testing

@Test(arguments: ["program 24", "kit 16", "synth supersaw", "voice female", "voice male rap"])
func anInstrumentIsReadAsItIsWritten(_ text: String) {
  #expect(Instrument(parsing: text)?.text == text)
}

@Test(arguments: ["voice", "voice tenor", "voice male loud", "voice male rap twice", "program 128", "kit"])
func whatIsNoInstrumentIsNotRead(_ text: String) { #expect(Instrument(parsing: text) == nil) }
