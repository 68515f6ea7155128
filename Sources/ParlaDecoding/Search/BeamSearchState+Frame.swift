import Foundation

/// In the order of the data: every prefix stays, or is extended to other prefixes that the tree
/// has, or to new ones; the best make the next beam.
extension BeamSearchState {
  mutating func advance() {
    contenders.removeAll(keepingCapacity: true)
    lowestScore = lowestScoreOfFrame()
    stayOnPrefixes()
    extendToKnownPrefixes()
    scorePrefixes()
    extendToNewPrefixes(above: scoreToBeat())
    if contenders.count > decoder.beamWidth {
      contenders.moveBestToFront(decoder.beamWidth)
      contenders.removeSubrange(decoder.beamWidth...)
    }
    // A frame that nothing in the lexicon agrees with (possible with exact zeros) is passed over.
    if contenders.isEmpty { return }
    nameSurvivors()
    dropOthers()
    updateSurvivors()
  }

  /// A blank, or the last label again, leaves a prefix as it is.
  private mutating func stayOnPrefixes() {
    let blankLogProbability = labels.blankLogProbability
    for index in beam {
      let label = tree[index].label
      tree[index].isHeardNow = false
      let blank = blankLogProbability + tree[index].score
      tree[index].newBlank = blank < lowestScore ? -.infinity : blank
      tree[index].newNonBlank =
        label == PrefixTree.noLabel || isTooLow(index, with: label)
        ? -.infinity : labels.logProbability[Int(label)] + tree[index].nonBlank
    }
  }

  /// A label leads to a prefix that is in the beam on its own, or was once.
  private mutating func extendToKnownPrefixes() {
    let scoring = scoring
    for index in beam {
      var child = tree[index].firstChild
      while child != PrefixTree.none {
        let label = tree[child].label
        let score = weighed(
          extensionScore(of: index, by: label), of: index, by: label, to: child, scoring)
        if tree[child].isLive {
          tree[child].isHeardNow = tree[child].newNonBlank < score
          tree[child].newNonBlank = logSum(tree[child].newNonBlank, score)
        } else if score > -.infinity {
          contenders.append(SearchCandidate(node: child, label: label, score: score))
        }
        child = tree[child].nextSibling
      }
    }
  }

  /// The log probability of `prefix` followed by `label`; only after a blank can a label follow
  /// itself.
  func extensionScore(of prefix: Int32, by label: Int32) -> Float {
    labels.logProbability[Int(label)]
      + (tree[prefix].label == label ? tree[prefix].blank : tree[prefix].score)
  }

  private mutating func scorePrefixes() {
    for index in beam {
      let label = tree[index].label
      if tree[index].isHeardNow, tree[index].newNonBlank < tree[index].newBlank {
        tree[index].isHeardNow = labels.blankPrecedes(Int(label))
      }
      let score = logSum(tree[index].newBlank, tree[index].newNonBlank)
      if score > -.infinity {
        contenders.append(SearchCandidate(node: index, label: label, score: score))
      }
    }
  }

  /// The score below which no new prefix can enter the beam.
  private mutating func scoreToBeat() -> Float {
    guard contenders.count >= decoder.beamWidth else { return -.infinity }
    contenders.moveBestToFront(decoder.beamWidth)
    contenders.removeSubrange(decoder.beamWidth...)
    return contenders.reduce(.infinity) { min($0, $1.score) }
  }

  private mutating func extendToNewPrefixes(above scoreToBeat: Float) {
    for label in parentOfLabel.indices { parentOfLabel[label] = PrefixTree.none }
    let scoring = scoring
    for index in beam {
      var child = tree[index].firstChild
      while child != PrefixTree.none {
        parentOfLabel[Int(tree[child].label)] = index
        child = tree[child].nextSibling
      }
      if let scoring {
        extend(index, scoring, above: scoreToBeat)
      } else {
        extend(index, above: scoreToBeat)
      }
    }
  }

  /// Extends the prefix of `index` by any label.
  private mutating func extend(_ index: Int32, above scoreToBeat: Float) {
    let prefixScore = tree[index].score
    for label in labels.byProbability {
      if labels.logProbability[Int(label)] + prefixScore + phraseGain < scoreToBeat { break }
      if parentOfLabel[Int(label)] != index {
        contend(index, nil, label: label, gain: phraseGain, above: scoreToBeat)
      }
    }
  }

  /// Gives each survivor its node and tokens, while its parent's are still those of the last frame.
  private mutating func nameSurvivors() {
    (beam, oldBeam) = (oldBeam, beam)
    beam.removeAll(keepingCapacity: true)
    for candidate in contenders {
      let index = candidate.node ?? tree.addChild(label: candidate.label, of: candidate.parent)
      if candidate.node == nil || !tree[index].isLive {
        tree[index].newBlank = -.infinity
        tree[index].newNonBlank = candidate.score
        tree[index].isHeardNow = true
      }
      if candidate.node == nil { enterUnits(index) }
      tree[index].newHistory =
        tree[index].isHeardNow
        ? histories.append(
          label: candidate.label, frame: frame, to: tree[tree[index].parent].history)
        : tree[index].history
      tree[index].score = candidate.score
      tree[index].frame = frame
      tree[index].isLive = true
      beam.append(index)
    }
  }

  private mutating func dropOthers() {
    for index in oldBeam where tree[index].frame != frame { drop(index) }
    tree.cutStem()
  }

  private mutating func updateSurvivors() {
    let best = beam.reduce(-Float.infinity) { max($0, tree[$1].score) }
    // A multiple of 1024 is taken off without rounding, since the scores are of that size.
    let rebase = best < -1024 ? (best / 1024).rounded(.up) * 1024 : 0
    scoreOffset += Double(rebase)
    for index in beam {
      if tree[index].newHistory != tree[index].history {
        histories.release(tree[index].history)
        tree[index].history = tree[index].newHistory
      }
      tree[index].blank = tree[index].newBlank - rebase
      tree[index].nonBlank = tree[index].newNonBlank - rebase
      tree[index].score -= rebase
    }
  }
}

/// ln(e^x + e^y) in `Float`, as the original computes it.
private func logSum(_ x: Float, _ y: Float) -> Float {
  let (larger, smaller) = x > y ? (x, y) : (y, x)
  // Below -17.4, 1 + e^difference is 1 in `Float`; it is so too where one or both are -infinity.
  guard smaller - larger > -18 else { return larger }
  return log(1 + exp(smaller - larger)) + larger
}
