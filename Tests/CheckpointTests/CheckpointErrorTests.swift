import Checkpoint
import Testing

@Test func anErrorNamesTheTensorAndBothShapes() {
  let error = CheckpointError.shapeMismatch(file: "a.safetensors", tensor: "x.weight", expected: [2, 3], found: [6])
  #expect(error.description == "a.safetensors: tensor x.weight should have shape [2, 3] and has [6].")
}
