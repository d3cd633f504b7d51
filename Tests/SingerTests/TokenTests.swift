import Singer
import Testing

@Test func theRolesAreThoseOfTheGoldenData() {
  #expect(Token.Role.allCases.map(\.rawValue) == ["pad", "sp", "on", "str", "nuc", "gl", "len", "coda", "end"])
}
