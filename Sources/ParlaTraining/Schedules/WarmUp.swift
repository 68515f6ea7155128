import ParlaDescriptions

/// `warm_up[steps=300]`: the rate rises evenly over the first steps; with `most=0.1` over no more than a tenth of the training.
struct WarmUp: RateSchedule {
  static let kind = "warm_up"

  let stepCount: Int
  /// 1 sets no limit.
  private let greatestShare: Float

  init(stepCount: Int) { (self.stepCount, greatestShare) = (stepCount, 1) }

  init(_ fields: inout FieldReader) throws(DescriptionProblem) {
    stepCount = try fields.integer(
      "steps", "over how many steps the rate rises", in: 1...1 << 40, default: 300)
    greatestShare = try fields.number(
      "most", "the share of the training after which the rate has risen", above: 0,
      default: 1)
  }

  func factor(at moment: TrainingMoment) -> Float {
    let risen = min(Float(moment.step + 1) / Float(stepCount), 1)
    guard greatestShare < 1 else { return risen }
    return max(risen, min(Float(moment.done) / greatestShare, 1))
  }
}
