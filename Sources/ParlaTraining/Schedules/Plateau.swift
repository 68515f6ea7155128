import ParlaDescriptions

/// `plateau[epochs=10,factor=0.1,improvement=0.05]`: the rate is lowered whenever the development loss falls no longer.
struct Plateau: RateSchedule {
  static let kind = "plateau"

  private let settings: TrainingConfiguration.Plateau

  init(_ settings: TrainingConfiguration.Plateau) { self.settings = settings }

  init(_ fields: inout FieldReader) throws(DescriptionProblem) {
    let epochs = try fields.integer(
      "epochs", "epochs without improvement", in: 1...1 << 40, default: 10)
    let improvement = try fields.number(
      "improvement", "by how much the loss must fall", from: 0, default: 0.05)
    let factor = try fields.number(
      "factor", "what the rate is multiplied by", above: 0, below: 1, default: 0.1)
    settings = TrainingConfiguration.Plateau(
      patience: .init(epochs: epochs, minimumImprovement: Double(improvement)), factor: factor)
  }

  func factor(after loss: Double, _ state: inout PatienceState) -> Float {
    state.ends(after: loss, patience: settings.patience) ? settings.factor : 1
  }
}
