const tf = require('@tensorflow/tfjs');

/** Digits of 8×8 grey values, in a row of 64 numbers as the table has them. */
function createModel(hidden = 32, classes = 10) {
  const model = tf.sequential();
  model.add(tf.layers.dense({units: hidden, activation: 'relu', inputShape: [64]}));
  model.add(tf.layers.dense({units: hidden, activation: 'tanh'}));
  model.add(tf.layers.dense({units: classes, activation: 'softmax'}));
  return model;
}

module.exports = {createModel};
