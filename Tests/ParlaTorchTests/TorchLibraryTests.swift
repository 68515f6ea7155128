import Foundation
import ParlaDescriptions
import ParlaNeuralNetwork
import ParlaTestSupport
import Testing

@testable import ParlaTorch

/// What a machine without torch can know of the engine; scripts/check-torch-engine holds its numbers against the processor's.
@Suite struct TorchLibraryTests {
  static func engine(_ paths: [String]) throws -> TorchTrainingEngine {
    let graph = try Graph([.dense(name: "out", size: 3)], inputCount: 2)
    let snapshot = EngineSnapshot(
      parameters: Parameters(initializing: graph.parameters, seed: 1),
      buffers: Parameters(zerosFor: []))
    return try TorchTrainingEngine(graph, from: snapshot, EngineSettings(libraryPaths: paths))
  }

  @Test func withoutTheLibraryItsPlacesAndItsMakingAreNamed() throws {
    let paths = ["/nowhere/libparla_torch.so", "/nor/here.so"]
    #expect(throws: TorchError.noLibrary(paths: paths)) { try Self.engine(paths) }
    let text = "\(TorchError.noLibrary(paths: paths))"
    #expect(text.contains("/nor/here.so"))
    #expect(text.contains("scripts/build-torch-engine"))
  }

  @Test func aFileThatIsNoLibraryDoesNotLoad() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/libparla_torch.so"
      try Data("no library".utf8).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: TorchError.self) { try Self.engine([path]) }
      guard case .libraryDoesNotLoad(path, let reason) = error else {
        Issue.record("found \(error.map { "\($0)" } ?? "no error")")
        return
      }
      #expect(!reason.isEmpty)
    }
  }

  /// Every node with its sources, shapes and fields: the library has no defaults of its own.
  @Test func theLibraryGetsTheWholeGraph() throws {
    let graph = try Graph(
      GraphDescription(
        inputs: [.init(name: "sound", shape: [4])],
        nodes: [
          .dense(name: "a", size: 5),
          NodeDescription(kind: "clipped_relu", name: "b", fields: ["ceiling": .number(20)]),
          NodeDescription(kind: "dense", name: "c", inputs: ["sound"], reuse: "a"),
          NodeDescription(kind: "lstm", name: "d", fields: ["size": .number(6)]),
        ]))
    let settings = EngineSettings(optimizer: .adadelta(), threadCount: 3, device: "cuda:1")
    let json = try TorchSettings(graph, settings).json()
    let found = try #require(
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect(found["device"] as? String == "cuda:1")
    #expect(found["precision"] as? String == "bf16", "what a graphics card is fastest with")
    #expect(found["inputs"] as? [[Int]] == [[4]])
    let nodes = try #require(found["nodes"] as? [[String: Any]])
    #expect(nodes.map { $0["sources"] as? [Int] } == [[-1], [0], [-1], [2]])
    #expect(nodes.map { $0["owner"] as? Int } == [0, 1, 0, 3])
    #expect(nodes.map { $0["frame"] as? [Int] } == [[5], [5], [5], [6]])
    #expect(nodes[3]["firstParameter"] as? Int == 2)
    #expect(nodes[3]["parameters"] as? [[Int]] == [[24, 5], [24, 6], [24]])
    #expect((nodes[1]["fields"] as? [String: Double])?["ceiling"] == 20)
    let optimizer = try #require(found["optimizer"] as? [String: Any])
    #expect(optimizer["method"] as? String == "adadelta")
  }

  @Test func aBatchThatIsTooLargeIsHalved() throws {
    let values = (0..<24).map { Float($0) }
    let batch = TrainingBatch(
      inputs: [Sequences(Tensor(shape: [4, 3, 2], values: values), lengths: [4, 1, 2])],
      targets: .labels([[1], [2, 3], []]), part: 5..<8, wholeSize: 9, contextFrameCount: 2)
    let (first, second) = try #require(batch.halves)
    #expect(first.part == 5..<6 && second.part == 6..<8)
    #expect(first.wholeSize == 9 && second.contextFrameCount == 2)
    #expect(second.inputs[0].lengths == [1, 2])
    #expect(second.inputs[0].values.values == [2, 3, 4, 5, 0, 0, 10, 11])
    switch second.targets {
    case .labels(let labels): #expect(labels == [[2, 3], []])
    case .ofOutputs: Issue.record("other targets")
    }
    #expect(first.halves == nil)
  }

  /// A process that has no recording of a batch makes the same passage as the others, which add up statistics within it.
  @Test func aPartWithoutSequencesBecomesAnEmptySequence() throws {
    let graph = try Graph([.dense(name: "out", size: 3)], inputCount: 10)
    let none = TrainingBatch(
      inputs: [], targets: .labels([]), part: 4..<4, wholeSize: 4, contextFrameCount: 2)
    let batch = none.withEmptySequence(of: graph)
    #expect(batch.part == 4..<5 && batch.wholeSize == 4)
    #expect(batch.inputs.map(\.lengths) == [[0]])
    #expect(batch.inputs[0].values.shape == [1, 1, 2], "the library adds the context")
    switch batch.targets {
    case .labels(let labels): #expect(labels == [[]])
    case .ofOutputs: Issue.record("other targets")
    }
  }

  @Test func withoutAnExchangeTheReasonAndTheWaysOutAreNamed() {
    let known = "\(TorchError.noExchange(reason: "Process 1: a reason."))"
    #expect(known.contains("Process 1: a reason. Train with one process, or with --engine cpu."))
    #expect("\(TorchError.noExchange(reason: nil))".contains("scripts/build-torch-engine"))
  }
}
