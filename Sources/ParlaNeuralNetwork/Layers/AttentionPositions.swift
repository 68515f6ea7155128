import ParlaDescriptions
import ParlaPlatform

/// What the distance from one frame to another adds to an attention's score.
package enum AttentionPositions: Sendable, Equatable {
  /// Nothing.
  case none

  /// (q + v) · W s, with s a vector of sines of the distance, and q + u in the product with keys.
  ///
  /// Dai et al. 2019, section 3.3; the Conformer's.
  case relative

  /// q · e, with e learned for each distance; greater ones than these count as they do.
  ///
  /// Shaw, Uszkoreit and Vaswani 2018, eq. 5; Wav2Vec2-BERT's.
  case relativeKey(left: Int, right: Int)

  /// Queries and keys are turned by their positions.
  case rotary(base: Float)

  /// The frames that queries and keys are made of are turned by their positions, a head's share by itself.
  ///
  /// Wav2Vec2-BERT's (transformers 5.17, `_apply_rotary_embedding`).
  case rotaryInput(base: Float)

  /// g b, with b learned for classes of distances, finer where they are small, and g of the frame.
  ///
  /// Raffel et al. 2020, section 2.1; the gates are WavLM's (Chen et al. 2022, eqs. 5 and 6).
  case bucketed(count: Int, maxDistance: Int)

  private enum Name: String, CaseIterable {
    case none, relative, rotary, bucketed
    case relativeKey = "relative_key"
    case rotaryInput = "rotary_input"
  }

  init(
    _ fields: inout FieldReader, heads: Int, headSize: Int, inputCount: Int
  ) throws(DescriptionProblem) {
    let name = try fields.choice(
      "positions", "what distances add", of: Name.self, default: Name.none)
    switch name {
    case .none: self = .none
    case .relative: self = .relative
    case .relativeKey:
      self = .relativeKey(
        left: try fields.integer("left_positions", "the greatest distance before a frame"),
        right: try fields.integer(
          "right_positions", "the greatest distance after a frame", in: 0...1 << 20))
    case .rotary, .rotaryInput:
      guard headSize % 2 == 0 else {
        throw DescriptionProblem(
          field: "head_size", found: "heads of \(headSize) numbers",
          expected: "an even number, which are turned in pairs")
      }
      let base = try fields.number(
        "rotary_base", "the ratio of the slowest to the fastest turn", above: 1, default: 10000)
      self = name == .rotary ? .rotary(base: base) : .rotaryInput(base: base)
      guard name == .rotary || heads * headSize == inputCount else {
        throw DescriptionProblem(
          field: "positions", found: "\(heads) heads of \(headSize) numbers",
          expected: "as many numbers as a frame has, \(inputCount), which are turned")
      }
    case .bucketed:
      guard heads * headSize == inputCount else {
        throw DescriptionProblem(
          field: "positions", found: "\(heads) heads of \(headSize) numbers",
          expected: "as many numbers as a frame has, \(inputCount), which the gates are of")
      }
      self = .bucketed(
        count: try fields.integer("buckets", "a number of classes of distances", in: 4...1 << 16),
        maxDistance: try fields.integer(
          "max_distance", "the distance from which on all are one class"))
      guard case .bucketed(let count, let distance) = self, count % 2 == 0, distance > count / 4
      else {
        throw DescriptionProblem(
          field: "buckets", found: "buckets for distances that have one each",
          expected: "an even number, a quarter of it less than `max_distance`")
      }
    }
  }

  var hasQueryBiases: Bool { self == .relative }

  func parameters(
    _ name: String, heads: Int, headSize: Int, inputCount: Int, bucketsOf owner: String?
  ) -> [ParameterSpecification] {
    let width = heads * headSize
    switch self {
    case .none, .rotary, .rotaryInput: return []
    case .relative:
      let bias = ParameterSpecification.Initializer.glorotUniform(fanIn: headSize, fanOut: heads)
      return [
        ParameterSpecification(
          name: "\(name).position_weight", shape: [width, inputCount],
          initializer: .glorotUniform(fanIn: inputCount, fanOut: width), isProductWeight: true),
        ParameterSpecification(
          name: "\(name).content_bias", shape: [heads, headSize], initializer: bias),
        ParameterSpecification(
          name: "\(name).position_bias", shape: [heads, headSize], initializer: bias),
      ]
    case .relativeKey(let left, let right):
      return [
        ParameterSpecification(
          name: "\(name).distances", shape: [left + right + 1, headSize],
          initializer: .glorotUniform(fanIn: headSize, fanOut: headSize))
      ]
    case .bucketed(let count, _):
      return [
        ParameterSpecification(
          name: "\(name).buckets", shape: [count, heads],
          initializer: .glorotUniform(fanIn: count, fanOut: heads),
          tiedTo: owner.map { "\($0).buckets" }),
        ParameterSpecification(
          name: "\(name).gate_weight", shape: [8, headSize],
          initializer: .glorotUniform(fanIn: headSize, fanOut: 8)),
        ParameterSpecification(name: "\(name).gate_bias", shape: [8], initializer: .zeros),
        ParameterSpecification(name: "\(name).gate_scale", shape: [heads], initializer: .ones),
      ]
    }
  }

  /// What belongs to each of `distances`, from query to key.
  package func tables(
    _ distances: ClosedRange<Int>, _ weights: [Weight], heads: Int, inputCount: Int,
    _ compute: Compute
  ) -> AttentionTables {
    let own = LayerWeights(weights)
    let none = Tensor(unwritten: [0, 0])
    switch self {
    case .none, .rotary, .rotaryInput:
      return AttentionTables(first: distances.lowerBound, vectors: none, bias: none)
    case .relative:
      let vectors = compute.affine(
        Self.sines(distances, width: inputCount), own.matrix(0), nil)
      return AttentionTables(first: distances.lowerBound, vectors: vectors, bias: none)
    case .relativeKey:
      let size = own[0].columnCount
      var vectors = Tensor(unwritten: [distances.count, size])
      let (source, target) = unsafe (own[0].pointer, vectors.mutablePointer)
      for (place, distance) in distances.enumerated() {
        unsafe (target + place * size).update(from: source + row(distance) * size, count: size)
      }
      return AttentionTables(first: distances.lowerBound, vectors: vectors, bias: none)
    case .bucketed:
      var bias = Tensor(unwritten: [heads, distances.count])
      for (place, distance) in distances.enumerated() {
        for head in 0..<heads {
          bias[head * distances.count + place] = own[0][row(distance) * heads + head]
        }
      }
      return AttentionTables(first: distances.lowerBound, vectors: none, bias: bias)
    }
  }

  /// Which learned row belongs to a distance from query to key.
  private func row(_ distance: Int) -> Int {
    switch self {
    case .none, .rotary, .rotaryInput, .relative: return 0
    case .relativeKey(let left, let right): return min(max(distance, -left), right) + left
    case .bucketed(let count, let maxDistance):
      let half = count / 2
      let exact = half / 2
      let side = distance > 0 ? half : 0
      guard abs(distance) >= exact else { return side + abs(distance) }
      // In 32 bits and in this order, as others compute it: a class begins at the same distance.
      let share =
        log(Float(abs(distance)) / Float(exact)) / Float(log(Double(maxDistance) / Double(exact)))
      return side + min(exact + Int(share * Float(half - exact)), half - 1)
    }
  }

  /// Sines and cosines, in turn, of how far each key is before its query.
  ///
  /// Vaswani et al. 2017, section 3.5.
  package static func sines(_ distances: ClosedRange<Int>, width: Int) -> Tensor {
    var result = Tensor(unwritten: [distances.count, width])
    for (column, speed) in PositionalEncoding.speeds(width: width).enumerated() {
      for (row, distance) in distances.enumerated() {
        let angle = -Double(distance) * speed
        result[row * width + column] = Float(column % 2 == 0 ? sin(angle) : cos(angle))
      }
    }
    return result
  }
}

/// What positions add to scores, by distance; row 0 belongs to the distance `first`.
package struct AttentionTables: Sendable {
  package var first: Int
  /// [distances, heads × size], or [distances, size] for all heads; empty where there are none.
  package var vectors: Tensor
  /// [heads, distances]; empty where there is none.
  package var bias: Tensor
}

// MARK: - Gates

extension AttentionPositions {
  /// How much of the bias each head of each frame of `x` wants, [frames, batch, heads]: a (b c - 1) + 2.
  func gates(_ x: Tensor, _ weights: [Tensor], _ compute: Compute) -> Tensor {
    guard case .bucketed = self else { return Tensor(unwritten: [0, x.shape[1], 0]) }
    let heads = weights[2].count
    var result = Tensor(unwritten: [x.shape[0], x.shape[1], heads])
    let sums = Self.gateSums(x, weights, compute)
    for row in 0..<result.count {
      let (a, b) = Self.shares(sums, row)
      result[row] = a * (b * weights[2][row % heads] - 1) + 2
    }
    return result
  }

  /// Eight numbers for each head of each frame.
  private static func gateSums(_ x: Tensor, _ weights: [Tensor], _ compute: Compute) -> Tensor {
    var rows = x
    rows.reshape([x.count / weights[0].columnCount, weights[0].columnCount])
    return compute.affine(rows, .tensor(weights[0]), weights[1])
  }

  private static func shares(_ sums: Tensor, _ row: Int) -> (Float, Float) {
    let (first, second) = (0..<4).reduce((Float(0), Float(0))) {
      ($0.0 + sums[8 * row + $1], $0.1 + sums[8 * row + 4 + $1])
    }
    return (Sigmoid.value(first), Sigmoid.value(second))
  }

  private func addGateGradients(
    _ gradient: Tensor, _ x: Tensor, _ weights: [Tensor], to sums: inout [Tensor],
    _ inputGradient: inout Tensor, _ compute: Compute
  ) {
    let (heads, size) = (weights[2].count, weights[0].columnCount)
    let forward = Self.gateSums(x, weights, compute)
    var deltas = Tensor(unwritten: forward.shape)
    for row in 0..<gradient.count {
      let (a, b) = Self.shares(forward, row)
      let scale = weights[2][row % heads]
      let (first, second) = (
        gradient[row] * (b * scale - 1) * a * (1 - a), gradient[row] * a * scale * b * (1 - b)
      )
      for place in 0..<4 {
        deltas[8 * row + place] = first
        deltas[8 * row + 4 + place] = second
      }
      sums[3][row % heads] += gradient[row] * a * b
    }
    var rows = x
    rows.reshape([x.count / size, size])
    compute.product(deltas, aTransposed: true, rows, accumulating: true, into: &sums[1])
    compute.addColumnSums(of: deltas, to: &sums[2])
    var own = Tensor(unwritten: [0])
    swap(&own, &inputGradient)
    let shape = own.shape
    own.reshape(rows.shape)
    compute.product(deltas, weights[0], accumulating: true, into: &own)
    own.reshape(shape)
    swap(&own, &inputGradient)
  }
}

// MARK: - Gradients

/// The gradients of an attention's inner parts; shared ones are stored for each sequence.
struct AttentionGradients {
  var rows: Tensor
  var gates: Tensor
  /// [batch, heads, distances, size].
  var vectors: Tensor
  /// [batch, heads, distances].
  var bias: Tensor
  /// [batch, heads, size].
  var contentBias: Tensor
  var positionBias: Tensor

  init(
    rows: [Int], gates: [Int], _ tables: AttentionTables, heads: Int, headSize: Int, batch: Int,
    hasBiases: Bool
  ) {
    self.rows = Tensor(shape: rows)
    self.gates = Tensor(shape: gates)
    vectors = Tensor(shape: [batch, heads, tables.vectors.shape[0], headSize])
    bias = Tensor(shape: [batch, heads, tables.bias.columnCount])
    contentBias = Tensor(shape: [batch, heads, hasBiases ? headSize : 0])
    positionBias = contentBias
  }
}

extension AttentionPositions {
  /// Adds the gradients of the parameters, and what the gates give to that of the input.
  func addGradients(
    _ own: AttentionGradients, _ firstDistance: Int, _ x: Tensor, _ weights: [Weight],
    to sums: inout [Tensor], _ inputGradient: inout Tensor, heads: Int, _ compute: Compute
  ) {
    switch self {
    case .none, .rotary, .rotaryInput: return
    case .relative:
      let (count, size) = (own.vectors.shape[2], own.vectors.shape[3])
      var vectors = Tensor(shape: [count, heads * size])
      for task in 0..<own.vectors.shape[0] * heads {
        for place in 0..<count {
          let target = unsafe vectors.mutablePointer + (place * heads + task % heads) * size
          let source = unsafe own.vectors.pointer + (task * count + place) * size
          for index in 0..<size { unsafe target[index] += source[index] }
        }
      }
      let distances = firstDistance...firstDistance + count - 1
      compute.product(
        vectors, aTransposed: true, Self.sines(distances, width: x.columnCount),
        accumulating: true, into: &sums[0])
      for (index, bias) in [own.contentBias, own.positionBias].enumerated() {
        for place in 0..<bias.count { sums[1 + index][place % (heads * size)] += bias[place] }
      }
    case .relativeKey:
      let (count, size) = (own.vectors.shape[2], own.vectors.shape[3])
      for place in 0..<own.vectors.count {
        let row = row(firstDistance + place / size % count)
        sums[0][row * size + place % size] += own.vectors[place]
      }
    case .bucketed:
      let count = own.bias.columnCount
      for place in 0..<own.bias.count {
        let row = row(firstDistance + place % count)
        sums[0][row * heads + place / count % heads] += own.bias[place]
      }
      let gateWeights = (1...3).map { LayerWeights(weights)[$0] }
      addGateGradients(own.gates, x, gateWeights, to: &sums, &inputGradient, compute)
    }
  }
}
