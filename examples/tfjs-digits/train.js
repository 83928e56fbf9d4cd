// Trains the model on digits.csv and saves it beside this file: node train.js
const fs = require('node:fs');
const path = require('node:path');
const tf = require('@tensorflow/tfjs');
const {createModel} = require('./model');

const BATCH_SIZE = 64;
const LEARNING_RATE = 0.05;

function readDigits(file) {
  const rows = fs.readFileSync(file, 'utf8').trim().split('\n').slice(1).map((row) => row.split(',').map(Number));
  return {x: tf.tensor2d(rows.map((row) => row.slice(0, -1))), y: tf.tensor1d(rows.map((row) => row[row.length - 1]))};
}

async function main() {
  const {x, y} = readDigits(path.join(__dirname, 'digits.csv'));
  const model = createModel();
  model.compile({
    optimizer: tf.train.momentum(LEARNING_RATE, 0.9),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  await model.fit(x, y, {batchSize: BATCH_SIZE, epochs: 12, shuffle: true});
  await model.save(tf.io.withSaveHandler(async ({modelTopology, weightSpecs, weightData}) => {
    const weightsManifest = [{paths: ['weights.bin'], weights: weightSpecs}];
    const artifacts = {modelTopology, format: 'layers-model', generatedBy: `TensorFlow.js v${tf.version.tfjs}`, weightsManifest};
    fs.writeFileSync(path.join(__dirname, 'weights.bin'), Buffer.from(weightData));
    fs.writeFileSync(path.join(__dirname, 'model.json'), JSON.stringify(artifacts, null, 1));
    return {modelArtifactsInfo: {dateSaved: new Date(), modelTopologyType: 'JSON'}};
  }));
}

main();
