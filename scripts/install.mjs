// Installs what package-lock.json names, where it is not there yet: the first step of commands whose own script needs packages.
import { install } from './prepare.mjs';

install();
