import Foundation
import ParlaAcousticModel
import ParlaNeuralNetwork
import ParlaTestSupport
import Testing

@Suite struct SafeTensorsTests {
  static let file = SafeTensors(
    metadata: ["note": "ä \"quoted\""],
    tensors: [
      ("b", Tensor(shape: [2, 3], values: [1, 2, 3, 4, 5, .infinity])),
      ("a", Tensor(shape: [1], values: [-0.5])), ("empty", Tensor(shape: [0, 4])),
    ])

  @Test func readsBackWhatItWrote() throws {
    try withTemporaryFolder { folder in
      let size = try Self.file.write(to: folder + "/a.safetensors")
      let read = try SafeTensors(path: folder + "/a.safetensors")
      #expect(read.metadata == Self.file.metadata)
      #expect(
        Dictionary(uniqueKeysWithValues: read.tensors)
          == Dictionary(uniqueKeysWithValues: Self.file.tensors))
      let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/a.safetensors"))
      #expect(data.count == size)
    }
  }

  @Test func everyTruncationIsRefused() throws {
    try withTemporaryFolder { folder in
      try Self.file.write(to: folder + "/a.safetensors")
      let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/a.safetensors"))
      for count in 0..<data.count {
        #expect(throws: ModelError.self) {
          try SafeTensors(data: data.prefix(count), path: "a.safetensors")
        }
      }
    }
  }

  @Test func tensorsOnTopOfEachOtherAreRefused() throws {
    let entry = #"{"dtype":"F32","shape":[4],"data_offsets":[0,16]}"#
    let header = #"{"a":\#(entry),"b":\#(entry)}"#
    var data = Data([UInt8(header.utf8.count)] + [UInt8](repeating: 0, count: 7))
    data += Data(header.utf8) + Data(count: 16)
    let error = #expect(throws: ModelError.self) { try SafeTensors(data: data, path: "a") }
    #expect(error?.description.contains("b overlaps the tensor before it") == true)
  }

  @Test func noMutationCrashes() throws {
    try withTemporaryFolder { folder in
      try Self.file.write(to: folder + "/a.safetensors")
      let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/a.safetensors"))
      var generator = SeededGenerator(seed: 1)
      var refused = 0
      for _ in 0..<3000 {
        var mutated = data
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          mutated[Int.random(in: 0..<data.count, using: &generator)] = .random(
            in: 0...255, using: &generator)
        }
        do { _ = try SafeTensors(data: mutated, path: "a") } catch { refused += 1 }
      }
      #expect(refused > 500)
    }
  }
}
