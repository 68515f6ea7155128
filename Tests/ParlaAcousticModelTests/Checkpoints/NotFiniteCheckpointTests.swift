import Foundation
import ParlaNeuralNetwork
import ParlaTestSupport
import Testing

@testable import ParlaAcousticModel

/// Checkpoints with weights or moments that are no numbers.
@Suite struct NotFiniteCheckpointTests {
  @Test func aCheckpointIsPassedOver() throws {
    try withTemporaryFolder { folder in
      let checkpoints = try CheckpointFolderTests.saved(folder, steps: [5, 6])
      var astray = try CheckpointFolderTests.checkpoint(7)
      let model = astray.model
      let index = try #require(
        model.parameters.specifications.firstIndex { $0.name == "layer_6.weight" })
      var weights = model.parameters.tensors
      weights[index][0] = .nan
      astray.model = AcousticModel(
        description: model.description, alphabet: model.alphabet,
        parameters: Parameters(
          specifications: model.parameters.specifications, tensors: weights))
      try checkpoints.save(astray, as: .last, step: 7, keeping: 3)
      var moments = try CheckpointFolderTests.checkpoint(8)
      var tensors = moments.optimizer[0].parameters.tensors
      tensors[0][0] = .infinity
      moments.optimizer[0].parameters = Parameters(
        specifications: moments.optimizer[0].parameters.specifications, tensors: tensors)
      try checkpoints.save(moments, as: .last, step: 8, keeping: 4)
      let found = try #require(
        try checkpoints.newest(.last, stateType: CheckpointFolderTests.State.self))
      #expect(found.step == 6)
      #expect(found.passedOver.count == 2)
      #expect(found.passedOver.first?.contains("last-8.safetensors: optimizer/moment1/") == true)
      #expect(found.passedOver.last?.contains("layer_6.weight holds NaN or infinity") == true)
    }
  }
}
