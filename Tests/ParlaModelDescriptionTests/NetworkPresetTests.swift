import ParlaAudio
import ParlaModelDescription
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaAcousticModel

@Suite struct NetworkPresetTests {
  /// Every preset network can recognise live sound, and writes the labels of an alphabet.
  @Test(arguments: NetworkPreset.allCases)
  func everyPresetDescribesANetworkThatStreams(preset: NetworkPreset) throws {
    let description = try preset.file.description(labelCount: 29)
    #expect(description.name == preset.rawValue)
    #expect(description.graph.outputCount() == 29)
    #expect(description.graph.layersThatCannotStream.isEmpty)
    #expect(description.features.obstacleToStreaming == nil)
    let small = try preset.file.description(labelCount: 5, settings: ["n_hidden": "16"])
    #expect(small.graph.parameters.reduce(0) { $0 + $1.shape.reduce(1, *) } < 400_000)
  }

  @Test func streamingIsAsLargeAndAsFastAsItSays() throws {
    let description = try NetworkPreset.streaming.file.description(labelCount: 29)
    let count = description.graph.parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
    #expect(count == 8_785_629)
    #expect(description.secondsPerFrame == 0.04)
    // Four frames, and one and two frames of 10 ms that the convolutions look ahead.
    #expect(description.graph.position().lookAhead == 16 + 1 + 2)
    #expect(description.graph.outputLength(101) == 26)
  }

  @Test func conformerSeesALittleAheadOrTheWhole() throws {
    let description = try NetworkPreset.conformer.file.description(labelCount: 29)
    // Two frames of 40 ms in each of eight blocks, and one and two of 10 ms in the convolutions.
    #expect(description.graph.position().lookAhead == 8 * 2 * 4 + 1 + 2)
    let whole = try NetworkPreset.conformer.file.description(
      labelCount: 29, settings: ["left": "all", "right": "all", "padding": "same", "blocks": "2"])
    #expect(whole.graph.layersThatCannotStream == ["attention_1", "attention_2"])
  }

  @Test func aNameThatIsNoNetworkIsReportedWithThoseThatAre() {
    let error = #expect(throws: ModelError.self) { try ModelFile(network: "streeming") }
    #expect(
      error?.description
        == "network: found `streeming`, expected `streaming` (a description in YAML, or one of: "
        + "deepspeech, deepspeech2, streaming, conformer).")
    let missing = #expect(throws: ModelError.self) { try ModelFile(network: "/nowhere/own.yaml") }
    #expect(missing?.description.hasPrefix("/nowhere/own.yaml: cannot be read: ") == true)
  }
}
