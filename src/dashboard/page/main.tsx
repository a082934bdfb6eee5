import { render } from 'preact';
import { App } from './app.js';
import './page.css';
import { store } from './store.js';

store.start();
render(<App />, document.getElementById('app')!);
