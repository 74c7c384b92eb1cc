create or replace package dbms_session authid current_user is
   procedure sleep(seconds in number);
   procedure set_identifier(client_id in varchar2);
   procedure clear_identifier;
   procedure reset_package;
   procedure set_nls(param in varchar2, value in varchar2);
   function unique_session_id return varchar2;
   function is_role_enabled(rolename in varchar2) return boolean;
end dbms_session;
/
