import ParlaAcousticModel
import ParlaNeuralNetwork

/// With pieces, the state holds the rows that queries to come attend to, those of queries that wait among them.
extension Attention: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let x = graph.present(inputs[0])
    let width = heads * headSize
    let seen = graph.seen(x, as: "seen_\(name)")
    var rows = graph.affine(x, weights, 0, bias: hasBias ? 2 : nil)
    if case .rotaryInput(let base) = positions {
      let turned = graph.turned(
        x, graph.range(from: seen.before, to: seen.now), heads: heads, size: headSize, base: base)
      let others = graph.affine(turned, weights, 0, bias: hasBias ? 2 : nil)
      rows = graph.add(
        "Concat",
        [
          graph.slice(others, 0..<2 * width, axis: 2),
          graph.slice(rows, 2 * width..<3 * width, axis: 2),
        ],
        [.int("axis", 2)])
    }
    if case .rotary(let base) = positions {
      rows = graph.rotated(
        rows, graph.range(from: seen.before, to: seen.now), heads: heads, size: headSize,
        base: base)
    }
    if case .bucketed = positions {
      let gates = graph.gates(x, weights, positionStart, heads: heads, size: headSize)
      rows = graph.add("Concat", [rows, gates], [.int("axis", 2)])
    }
    let stretch =
      graph.form == .whole
      ? ONNXStretch(rows: rows, firstKey: seen.before, seen: seen)
      : graph.stretch(
        rows, seen, context, name: "rows_\(name)",
        width: 3 * width + (positions.hasGates ? heads : 0))
    let queries = graph.heads(
      stretch.queries, 0..<width, heads, size: headSize, order: [1, 2, 0, 3])
    let keys = graph.heads(
      stretch.rows, width..<2 * width, heads, size: headSize, order: [1, 2, 3, 0])
    let values = graph.heads(
      stretch.rows, 2 * width..<3 * width, heads, size: headSize, order: [1, 2, 0, 3])
    let isThere = inputs[0].lengths.map { graph.isThere(keysOf: stretch.rows, $0) }
    let scores = scores(queries, keys, stretch, isThere, weights, in: &graph)
    let shares = graph.add("Softmax", [scores], [.int("axis", -1)])
    let gathered = graph.transposed(graph.add("MatMul", [shares, values]), [2, 0, 1, 3])
    return graph.affine(graph.shaped(gathered, [width]), weights, 1, bias: hasBias ? 3 : nil)
  }

  /// Where the parameters of positions begin.
  private var positionStart: Int { hasBias ? 4 : 2 }

  /// What queries make of keys: [batch, heads, queries, keys].
  private func scores(
    _ queries: ONNXValue, _ keys: ONNXValue, _ stretch: ONNXStretch, _ isThere: ONNXValue?,
    _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) -> ONNXValue {
    let scale = graph.number(1 / Float(headSize).squareRoot())
    var asked = queries
    if positions == .relative {
      asked = graph.add("Add", [queries, graph.queryBias(weights, positionStart + 1)])
    }
    var scores = graph.add("MatMul", [asked, keys])
    let frames = graph.framesApart(stretch, chunk: context.chunk)
    switch positions {
    case .none, .rotary, .rotaryInput: scores = graph.add("Mul", [scores, scale])
    case .relative:
      let own = graph.add("Add", [queries, graph.queryBias(weights, positionStart + 2)])
      let table = vectors(stretch, weights, in: &graph)
      let places = graph.add("Sub", [frames.distances, table.first])
      let more = graph.picked(
        graph.add("MatMul", [own, table.vectors]), places, table.last, like: scores)
      scores = graph.add("Mul", [graph.add("Add", [scores, more]), scale])
    case .relativeKey(let left, let right):
      let table = graph.weight(
        "\(weights.names[positionStart]).transposed", [headSize, left + right + 1],
        weights[positionStart].transposedValues)
      let places = graph.add("Add", [frames.distances, graph.integer(left)])
      let more = graph.picked(
        graph.add("MatMul", [queries, table]), places, graph.integer(left + right), like: scores)
      scores = graph.add("Mul", [graph.add("Add", [scores, more]), scale])
    case .bucketed(_, let farthest):
      let bias = bias(frames.distances, farthest: farthest, stretch, weights, in: &graph)
      scores = graph.add("Add", [graph.add("Mul", [scores, scale]), bias])
    }
    return graph.masked(scores, frames.fromChunk, context, isThere)
  }

  /// What queries are multiplied with for each distance, [heads, size, distances], which distance the first is, and which place the
  /// last.
  private func vectors(
    _ stretch: ONNXStretch, _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) -> (vectors: ONNXValue, first: ONNXValue, last: ONNXValue) {
    let inputCount = output.count
    let (first, sines, last): (ONNXValue, ONNXValue, ONNXValue)
    if let left = context.leftReach, let right = context.rightReach {
      let table = AttentionPositions.sines(-left...right, width: inputCount)
      first = graph.integer(-left)
      last = graph.integer(left + right)
      sines = graph.weight(
        "\(ONNXGraph.constantPrefix)\(name)", table.shape, table.values)
    } else {
      // As far as the recording is long.
      let length = graph.add("Sub", [graph.length(stretch.rows), graph.integers([1])])
      let back = graph.add("Neg", [length])
      let distances = graph.range(
        from: back, to: graph.add("Add", [length, graph.integers([1])]))
      first = back
      last = graph.add("Add", [length, length])
      sines = graph.sines(
        graph.add("Neg", [distances]),
        speeds: PositionalEncoding.speeds(width: inputCount))
    }
    let products = graph.add("MatMul", [sines, graph.matrix(weights, positionStart)])
    let rows = graph.add("Reshape", [products, graph.integers([0, heads, headSize])])
    return (graph.transposed(rows, [1, 2, 0]), first, last)
  }

  /// What distances add, times what each query's gate lets through: [batch, heads, queries, keys].
  private func bias(
    _ distances: ONNXValue, farthest: Int, _ stretch: ONNXStretch, _ weights: ONNXWeights,
    in graph: inout ONNXGraph
  ) -> ONNXValue {
    let table = positions.tables(
      -farthest...farthest, weights.tensors[positionStart...].map { .tensor($0) }, heads: heads,
      inputCount: output.count, Compute(threadCount: 1))
    let biases = graph.weight("\(name).distances", table.bias.shape, table.bias.values)
    let places = graph.add("Add", [distances, graph.integer(farthest)])
    let limits = [graph.integer(0), graph.integer(2 * farthest)]
    let own = graph.add(
      "Gather", [biases, graph.add("Clip", [places] + limits)], [.int("axis", 1)])
    let width = heads * headSize
    let gates = graph.slice(stretch.queries, 3 * width..<3 * width + heads, axis: 2)
    let columns = graph.add(
      "Unsqueeze", [graph.transposed(gates, [1, 2, 0]), graph.integers([3])])
    return graph.add("Mul", [own, columns])
  }
}

/// The rows that queries attend to, and those of the queries.
private struct ONNXStretch {
  /// Queries, keys and values of frames one after another: [keys, batch, …].
  var rows: ONNXValue
  /// The same of the frames whose queries are answered now: [queries, batch, …].
  var queries: ONNXValue
  /// Which frame the first of `rows` is, and the first of `queries`: [1].
  var firstKey: ONNXValue
  var firstQuery: ONNXValue
  /// After which frames the two end: [1].
  var endKey: ONNXValue
  var endQuery: ONNXValue

  /// All of a recording.
  init(rows: ONNXValue, firstKey: ONNXValue, seen: (before: ONNXValue, now: ONNXValue)) {
    (self.rows, queries, self.firstKey) = (rows, rows, firstKey)
    (firstQuery, endKey, endQuery) = (seen.before, seen.now, seen.now)
  }
}

extension AttentionPositions {
  fileprivate var hasGates: Bool { if case .bucketed = self { true } else { false } }
}

extension Tensor {
  /// The numbers of a matrix's transpose.
  fileprivate var transposedValues: [Float] {
    let (rows, columns) = (rowCount, columnCount)
    return (0..<rows * columns).map { self[$0 % rows * columns + $0 / rows] }
  }
}

// MARK: - Rows and pieces

extension ONNXGraph {
  /// The rows of a piece behind those that are still needed, and the queries that can be answered now.
  fileprivate mutating func stretch(
    _ new: ONNXValue, _ seen: (before: ONNXValue, now: ONNXValue), _ context: AttentionContext,
    name: String, width: Int
  ) -> ONNXStretch {
    let rows = joined(new, waiting: name, width: width)
    let first = add("Sub", [seen.now, length(rows)])
    let next = certain(seen.before, context)
    let reached = certain(seen.now, context)
    var end = reached
    if let isLast, reached != seen.now {
      end = add("Where", [cast(isLast, to: .bool), seen.now, reached])
    }
    var result = ONNXStretch(rows: rows, firstKey: first, seen: seen)
    (result.firstQuery, result.endQuery) = (next, end)
    result.queries = slice(
      rows, from: add("Sub", [next, first]), to: add("Sub", [end, first]))
    let left = add("Sub", [reached, integers([context.left ?? 0])])
    let kept = add("Sub", [add("Max", [left, first]), first])
    wait(rows, from: kept, to: length(rows), as: name, width: width)
    return result
  }

  /// How many queries have seen all their frames, once this many frames have arrived.
  private mutating func certain(_ seen: ONNXValue, _ context: AttentionContext) -> ONNXValue {
    let (right, chunk) = (context.right ?? 0, context.chunk)
    guard right > 0 || chunk > 1 else { return seen }
    return chunksStart(add("Max", [add("Sub", [seen, integers([right])]), zero()]), chunk)
  }

  /// The first frame of the chunk of each of `frames`.
  private mutating func chunksStart(_ frames: ONNXValue, _ chunk: Int) -> ONNXValue {
    guard chunk > 1 else { return frames }
    let length = integers([chunk])
    return add("Mul", [add("Div", [frames, length]), length])
  }

  /// Some columns of rows [frames, batch, …] as heads, their axes in another order than [frames, batch, heads, size].
  fileprivate mutating func heads(
    _ rows: ONNXValue, _ columns: Range<Int>, _ count: Int, size: Int, order: [Int]
  ) -> ONNXValue {
    transposed(shaped(slice(rows, columns, axis: 2), [count, size]), order)
  }

  /// How far each key is after each query, and after the first frame of the query's chunk: [queries, keys].
  fileprivate mutating func framesApart(
    _ stretch: ONNXStretch, chunk: Int
  ) -> (distances: ONNXValue, fromChunk: ONNXValue) {
    let queries = add(
      "Unsqueeze", [range(from: stretch.firstQuery, to: stretch.endQuery), integers([1])])
    let keys = add(
      "Unsqueeze", [range(from: stretch.firstKey, to: stretch.endKey), integers([0])])
    let distances = add("Sub", [keys, queries])
    guard chunk > 1 else { return (distances, distances) }
    return (distances, add("Sub", [keys, chunksStart(queries, chunk)]))
  }

  /// Which keys of each sequence are no padding: [batch, 1, 1, keys].
  fileprivate mutating func isThere(keysOf rows: ONNXValue, _ lengths: ONNXValue) -> ONNXValue {
    add("Unsqueeze", [transposed(isPresent(rows, lengths), [1, 2, 0]), integers([2])])
  }

  /// Scores of keys that a query does not see are so low that they have no share.
  fileprivate mutating func masked(
    _ scores: ONNXValue, _ fromChunk: ONNXValue, _ context: AttentionContext,
    _ isThere: ONNXValue?
  ) -> ONNXValue {
    var conditions = isThere.map { [$0] } ?? []
    if let left = context.left {
      conditions.append(add("GreaterOrEqual", [fromChunk, integer(-left)]))
    }
    if let right = context.right {
      conditions.append(add("Less", [fromChunk, integer(context.chunk + right)]))
    }
    guard !conditions.isEmpty else { return scores }
    let isSeen = conditions.dropFirst().reduce(conditions[0]) { add("And", [$0, $1]) }
    return add("Where", [isSeen, scores, number(-1e30)])
  }
}

// MARK: - Positions

extension ONNXGraph {
  /// The integers from one, [1], up to another: [count].
  mutating func range(from first: ONNXValue, to end: ONNXValue) -> ONNXValue {
    let axis = integers([0])
    return add(
      "Range", [add("Squeeze", [first, axis]), add("Squeeze", [end, axis]), integer(1)])
  }

  /// Sines and cosines, in turn, of `positions` times each of `speeds`: [positions, speeds].
  ///
  /// Angles are of 64 bits, since they grow with a recording.
  mutating func sines(_ positions: ONNXValue, speeds: [Double]) -> ONNXValue {
    let offsets = speeds.indices.map { $0 % 2 == 0 ? 0 : Double.pi / 2 }
    return sines(positions, speeds: speeds, offsets: offsets)
  }

  private mutating func sines(
    _ positions: ONNXValue, speeds: [Double], offsets: [Double]
  ) -> ONNXValue {
    let rows = add("Unsqueeze", [cast(positions, to: .double), integers([1])])
    let angles = add("Add", [add("Mul", [rows, doubles(speeds)]), doubles(offsets)])
    return cast(add("Sin", [angles]), to: .float)
  }

  /// Turns the queries and keys of rows [frames, batch, 3 × width] by their positions.
  fileprivate mutating func rotated(
    _ rows: ONNXValue, _ positions: ONNXValue, heads: Int, size: Int, base: Float
  ) -> ONNXValue {
    let width = heads * size
    let asked = slice(rows, 0..<2 * width, axis: 2)
    let joined = turned(asked, positions, heads: 2 * heads, size: size, base: base)
    return add(
      "Concat", [joined, slice(rows, 2 * width..<3 * width, axis: 2)], [.int("axis", 2)])
  }

  /// Turns rows [frames, batch, heads × size] by their positions.
  fileprivate mutating func turned(
    _ rows: ONNXValue, _ positions: ONNXValue, heads: Int, size: Int, base: Float
  ) -> ONNXValue {
    let half = size / 2
    let speeds = Compute.rotationSpeeds(base: base, size: size)
    let axes = integers([1, 2])
    let parts = [0, Double.pi / 2].map { offset in
      add(
        "Unsqueeze",
        [sines(positions, speeds: speeds, offsets: speeds.map { _ in offset }), axes])
    }
    let turned = shaped(rows, [heads, size])
    let (upper, lower) = (
      slice(turned, 0..<half, axis: 3), slice(turned, half..<size, axis: 3)
    )
    let (sine, cosine) = (parts[0], parts[1])
    let first = add("Sub", [add("Mul", [upper, cosine]), add("Mul", [lower, sine])])
    let second = add("Add", [add("Mul", [lower, cosine]), add("Mul", [upper, sine])])
    return shaped(add("Concat", [first, second], [.int("axis", 3)]), [heads * size])
  }

  /// A bias of each head's queries, [heads, 1, size].
  fileprivate mutating func queryBias(_ weights: ONNXWeights, _ index: Int) -> ONNXValue {
    add("Unsqueeze", [tensor(weights, index), integers([1])])
  }

  /// Of products [batch, heads, queries, distances], those at `places` [queries, keys], none beyond the last.
  fileprivate mutating func picked(
    _ products: ONNXValue, _ places: ONNXValue, _ last: ONNXValue, like scores: ONNXValue
  ) -> ONNXValue {
    let inside = add("Min", [add("Max", [places, integer(0)]), last])
    let all = add("Expand", [inside, add("Shape", [scores])])
    return add("GatherElements", [products, all], [.int("axis", 3)])
  }

  /// How much of the bias each head of each frame wants, [frames, batch, heads]: a (b c - 1) + 2.
  fileprivate mutating func gates(
    _ x: ONNXValue, _ weights: ONNXWeights, _ start: Int, heads: Int, size: Int
  ) -> ONNXValue {
    let rows = shaped(x, [heads, size])
    let sums = affine(rows, weights, start + 1, bias: start + 2)
    let parts = add(
      "ReduceSum", [shaped(sums, [heads, 2, 4]), integers([4])], [.int("keepdims", 0)])
    let shares = add("Sigmoid", [parts])
    let first = add("Squeeze", [slice(shares, 0..<1, axis: 3), integers([3])])
    let second = add("Squeeze", [slice(shares, 1..<2, axis: 3), integers([3])])
    let scaled = add("Sub", [add("Mul", [second, tensor(weights, start + 3)]), number(1)])
    return add("Add", [add("Mul", [first, scaled]), number(2)])
  }
}

extension PositionalEncoding: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let x = inputs[0].value
    let seen = graph.seen(x, as: "seen_\(name)")
    let sines = graph.sines(
      graph.range(from: seen.before, to: seen.now), speeds: speeds)
    let rows = graph.add("Unsqueeze", [sines, graph.integers([1])])
    let scaled = scale == 1 ? x : graph.add("Mul", [x, graph.number(scale)])
    return graph.add("Add", [scaled, rows])
  }
}
