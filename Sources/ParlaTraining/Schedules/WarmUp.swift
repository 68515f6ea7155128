import ParlaDescriptions

/// `warm_up[steps=300]`: the rate rises evenly over the first steps.
struct WarmUp: RateSchedule {
  static let kind = "warm_up"

  let stepCount: Int

  init(stepCount: Int) { self.stepCount = stepCount }

  init(_ fields: inout FieldReader) throws(DescriptionProblem) {
    stepCount = try fields.integer(
      "steps", "over how many steps the rate rises", in: 1...1 << 40, default: 300)
  }

  func factor(at moment: TrainingMoment) -> Float {
    moment.step < stepCount ? Float(moment.step + 1) / Float(stepCount) : 1
  }
}
