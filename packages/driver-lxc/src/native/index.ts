export { domainXmlFromLxcConf } from './from-lxc-conf.js';
