import Testing

@testable import ParlaTraining

@Suite struct PatienceStateTests {
  static let patience = TrainingConfiguration.Patience(epochs: 2, minimumImprovement: 0.1)

  @Test func endsAfterEnoughEpochsWithoutImprovement() {
    var state = PatienceState()
    let ends = [5, 4, 3.95, 3.95, 3.5, 3.45, 3.44].map {
      state.ends(after: $0, patience: Self.patience)
    }
    #expect(ends == [false, false, false, true, false, false, true])
  }

  @Test func anImprovementStartsTheCountAgain() {
    var state = PatienceState()
    let ends = [5, 5, 4, 4, 3, 3].map { state.ends(after: $0, patience: Self.patience) }
    #expect(ends.allSatisfy { !$0 })
  }
}
